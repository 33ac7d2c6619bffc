/** One order with its history, read anew whenever something happens to it. */
import { useEffect } from 'preact/hooks';
import { api, answer } from '../api/client';
import type { OrderWithEvents } from '../api/types';
import type { OrderBook } from '../live/order-book';
import { useAnswer, type Answer } from '../parts/use-answer';

export function useOrder(id: string, book: OrderBook): Answer<OrderWithEvents> {
  const order = useAnswer(
    `order ${id}`,
    () => answer(api.GET('/orders/{id}', { params: { path: { id } } })),
    {
      isKept: true,
    },
  );
  const { again } = order;
  useEffect(() => book.listen(({ order_id }) => order_id === id && void again()), [book, id, again]);
  // Whatever happened while nobody listened.
  const link = book.link.value;
  useEffect(() => {
    if (link === 'live') void again();
  }, [link, again]);
  return order;
}
