/** All open orders, followed on the stream: what is happening in the hospital now. */
import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useMemo } from 'preact/hooks';
import { api, allPages, answer } from '../api/client';
import type { Status } from '../api/types';
import { openBook, type OrderBook } from '../live/order-book';

export const OPEN: Status[] = ['requested', 'accepted', 'in_transit'];

const Book = createContext<OrderBook | undefined>(undefined);

/** Stands around the screens of who oversees. */
export function OpenOrders({ children }: { children: ComponentChildren }) {
  const book = useMemo(
    () =>
      openBook({
        read: () =>
          allPages((cursor) =>
            answer(
              api.GET('/orders', {
                params: { query: { status: OPEN, limit: 200, ...(cursor && { cursor }) } },
              }),
            ),
          ),
        wants: ({ status }) => OPEN.includes(status),
      }),
    [],
  );
  useEffect(() => () => book.close(), [book]);
  return <Book.Provider value={book}>{children}</Book.Provider>;
}

export function useOpenOrders(): OrderBook {
  const book = useContext(Book);
  if (!book) throw new Error('no open orders around this screen');
  return book;
}
