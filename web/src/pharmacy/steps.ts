/**
 * What the pharmacy does with an order. Each answer, also a "no", says how the order stands now, and the book
 * takes it. A step that was done and whose answer was lost may be sent again: the server recognises it.
 */
import { answer, api } from '../api/client';
import { asFailure, inWords } from '../api/failure';
import type { components } from '../api/schema';
import type { Order, OrderWithEvents, Person, ReasonGiven, Status } from '../api/types';
import { t } from '../language';
import type { OrderBook } from '../live/order-book';
import { say } from '../parts/toasts';
import { user } from '../session';

export type Delivery = components['schemas']['Delivery'];

type Subject = Pick<Order, 'id' | 'version'>;

/** Without a version: who comes second is told who has it, not that it changed. */
export function accept(book: OrderBook, order: Order) {
  return took(book, order, answer(api.POST('/orders/{id}/accept', { params: { path: { id: order.id } } })));
}

export function release(book: OrderBook, order: Order) {
  return took(book, order, answer(api.POST('/orders/{id}/release', { params: seen(order) })));
}

export function dispatch(book: OrderBook, order: Order) {
  return took(book, order, answer(api.POST('/orders/{id}/dispatch', { params: seen(order) })));
}

export function reject(book: OrderBook, order: Order, body: ReasonGiven) {
  return took(book, order, answer(api.POST('/orders/{id}/reject', { params: seen(order), body })));
}

export function cancel(book: OrderBook, order: Order, body: ReasonGiven) {
  return took(book, order, answer(api.POST('/orders/{id}/cancel', { params: seen(order), body })));
}

/** Without a body, all that is left. */
export function deliver(book: OrderBook, order: Order, body: Delivery = {}) {
  return took(book, order, answer(api.POST('/orders/{id}/deliver', { params: seen(order), body })));
}

/** Only as long as it is as it was on the screen. */
function seen({ id, version }: Subject) {
  return { path: { id }, header: { 'If-Match': `"${String(version)}"` } };
}

async function took(book: OrderBook, order: Order, asked: Promise<OrderWithEvents>) {
  try {
    const after = await asked;
    book.take(after);
    return after;
  } catch (error) {
    const standing = standingIn(error);
    if (standing) {
      const answer_due_at = standing.status === 'requested' ? (order.answer_due_at ?? null) : null;
      book.take({ ...order, ...standing, answer_due_at });
    }
    throw error;
  }
}

interface Standing {
  status: Status;
  version: number;
  accepted_by: Person | null;
}

/** How the order stands, in an answer that says no. */
function standingIn(error: unknown): Standing | undefined {
  const { cause } = asFailure(error);
  if (cause.kind !== 'problem') return undefined;
  // The description of a problem has no room for what is told beside it.
  const { order } = (cause.problem ?? {}) as { order?: Standing };
  return order && { status: order.status, version: order.version, accepted_by: order.accepted_by };
}

/** Why a step was not done, with the name of whoever has the order. */
export function whyNot(error: unknown): string {
  const standing = standingIn(error);
  const { code } = asFailure(error);
  if (!standing || (code !== 'held_by_another' && code !== 'wrong_status' && code !== 'version_mismatch')) {
    return inWords(error);
  }
  const words = t().pharmacy.queue;
  const { status, accepted_by } = standing;
  const word = t().general.status[status].toLowerCase();
  // Who had it when it ended is not the point.
  const isHeld = status === 'accepted' || status === 'in_transit';
  if (!isHeld)
    return code === 'version_mismatch' && status === 'requested' ? inWords(error) : words.alreadyIs(word);
  if (code === 'version_mismatch' && accepted_by?.id === user.value?.id) return inWords(error);
  if (!accepted_by) return words.alreadyIs(word);
  return code === 'wrong_status'
    ? words.alreadyIsBy(word, accepted_by.name)
    : words.takenBy(accepted_by.name);
}

/** For `useAction`. */
export function sayWhyNot(error: unknown): true {
  say(whyNot(error), { isBad: true, lasts: 8000 });
  return true;
}
