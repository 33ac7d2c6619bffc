import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Order } from '../api/types';
import type { OrderBook } from '../live/order-book';
import { waiting } from '../outbox';

/** One's own orders, followed on the stream. */
export const MyBook = createContext<OrderBook | undefined>(undefined);

export function useMyBook(): OrderBook {
  const book = useContext(MyBook);
  if (!book) throw new Error('no book of orders around this screen');
  return book;
}

const OPEN = new Set<Order['status']>(['requested', 'accepted', 'in_transit']);

/** Whether somebody is still to do something about it; of what was delivered, the ward is to confirm it. */
export function isOpen(order: Order): boolean {
  return OPEN.has(order.status) || order.status === 'delivered';
}

/** One's orders, newest first. */
export function ordersOf(book: OrderBook): Order[] {
  return [...book.orders.value.values()].sort((a, b) => b.requested_at.localeCompare(a.requested_at));
}

/** What is on this device and not yet among the server's, newest first. */
export function waitingBeside(book: OrderBook) {
  return waiting.value
    .filter(({ id, state }) => state.kind === 'undone' || !book.orders.value.has(id))
    .reverse();
}
