/** All open orders of the hospital, followed on the stream: what the pharmacy works on. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { allPages, answer, api } from '../api/client';
import type { Order, Priority, Status } from '../api/types';
import { now } from '../clock';
import { openBook, type OrderBook } from '../live/order-book';
import { user } from '../session';

export const PharmacyBook = createContext<OrderBook | undefined>(undefined);

export function usePharmacyBook(): OrderBook {
  const book = useContext(PharmacyBook);
  if (!book) throw new Error('no book of orders around this screen');
  return book;
}

const OPEN: Status[] = ['requested', 'accepted', 'in_transit'];

/** The most that the server gives at once. */
const PAGE = 200;

export function openPharmacyBook(): OrderBook {
  return openBook({
    read: () =>
      allPages((cursor) =>
        answer(
          api.GET('/orders', {
            params: { query: { status: OPEN, limit: PAGE, ...(cursor && { cursor }) } },
            querySerializer: { array: { style: 'form', explode: false } },
          }),
        ),
      ),
    wants: ({ status }) => OPEN.includes(status),
  });
}

const rank: Record<Priority, number> = { stat: 0, urgent: 1, routine: 2 };

/** The soonest needed first, then who has waited for longest. */
export function bySoonest(a: Order, b: Order): number {
  return (
    rank[a.priority] - rank[b.priority] ||
    a.requested_at.localeCompare(b.requested_at) ||
    a.id.localeCompare(b.id)
  );
}

/** Those that nobody has taken. */
export function waitingIn(book: OrderBook): Order[] {
  return [...book.orders.value.values()].filter(({ status }) => status === 'requested').sort(bySoonest);
}

export function isMine(order: Order): boolean {
  return order.accepted_by?.id === user.value?.id;
}

/** Those that this technician has accepted or is carrying. */
export function mineIn(book: OrderBook): Order[] {
  return [...book.orders.value.values()]
    .filter((order) => order.status !== 'requested' && isMine(order))
    .sort(bySoonest);
}

/** By the clock: the order's own flag is as of its last event. */
export function isUnanswered({ status, answer_due_at }: Order): boolean {
  return status === 'requested' && answer_due_at != null && Date.parse(answer_due_at) < now.value;
}
