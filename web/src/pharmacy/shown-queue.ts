/**
 * Which rows the queue shows: those that wait, but never so that a row moves under a finger. New ones are held
 * back until they can come in without that; those that are taken keep their place for a moment and say by whom.
 */
import { effect } from '@preact/signals';
import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Order } from '../api/types';
import { now } from '../clock';
import type { OrderBook } from '../live/order-book';
import { bySoonest, waitingIn } from './pharmacy-book';
import { isPressed, sinceTouched } from './pressing';

export interface Row {
  order: Order;
  /** Since when it does not wait any more. */
  goneAt?: number;
}

/** How long a row that was taken keeps its place, in milliseconds: time to read a name. */
const STAYS = 3000;

/** So long after the last touch nothing is moved on its own, in milliseconds. */
const QUIET = 700;

/** Scrolled by less is still the top, in pixels. */
const TOP = 24;

interface Change {
  rows: Row[];
  /** In their order. */
  waiting: Order[];
  /** How those stand that do not wait any more. */
  standing: (id: string) => Order | undefined;
  at: number;
  /** Whether a row may come in before the one with this id; without one, at the end. */
  mayInsert: (before: string | undefined) => boolean;
  mayRemove: boolean;
}

/** The next rows, and those that are held back. */
function arrange({ rows, waiting, standing, at, mayInsert, mayRemove }: Change): {
  rows: Row[];
  held: Order[];
} {
  const byId = new Map(waiting.map((order) => [order.id, order]));
  const next: Row[] = [];
  for (const row of rows) {
    const order = byId.get(row.order.id);
    byId.delete(row.order.id);
    if (order) next.push({ order });
    else {
      const goneAt = row.goneAt ?? at;
      if (mayRemove && at - goneAt >= STAYS) continue;
      next.push({ order: standing(row.order.id) ?? row.order, goneAt });
    }
  }
  const held: Order[] = [];
  for (const order of byId.values()) {
    const place = next.findIndex((row) => bySoonest(row.order, order) > 0);
    const before = next[place]?.order.id;
    if (rows.length > 0 && !mayInsert(before)) held.push(order);
    else next.splice(place < 0 ? next.length : place, 0, { order });
  }
  return { rows: next, held };
}

interface ShownQueue {
  rows: Row[];
  held: number;
  showHeld: () => void;
}

/** `list` holds the rows, each with its order's id as `data-order`. */
export function useShownQueue(book: OrderBook, list: RefObject<HTMLElement>): ShownQueue {
  const [shown, setShown] = useState<{ rows: Row[]; held: Order[] }>({ rows: [], held: [] });
  const current = useRef(shown);
  const anchor = useRef<{ id: string; top: number }>();
  // What became of those that the book does not have any more.
  const ended = useRef(new Map<string, Order>());
  useEffect(() => book.listen(({ order }) => ended.current.set(order.id, order)), [book]);

  const update = useCallback(
    (isAsked: boolean) => {
      const isQuiet = !isPressed() && sinceTouched() > QUIET;
      const isAtTop = scrolled(list.current) < TOP;
      const next = arrange({
        rows: current.current.rows,
        waiting: waitingIn(book),
        standing: (id) => book.orders.value.get(id) ?? ended.current.get(id),
        at: now.value,
        mayInsert: (before) =>
          isAsked || before === undefined || isBelow(list.current, before) || (isAtTop && isQuiet),
        mayRemove: isQuiet,
      });
      if (isSame(current.current, next)) return;
      if (!isAsked && !isAtTop) anchor.current = firstSeen(list.current, next.rows);
      current.current = next;
      setShown(next);
    },
    [book, list],
  );

  // At each change of the orders, and each second: somebody may have let go.
  useEffect(() => effect(() => update(false)), [update]);

  useLayoutEffect(() => {
    const { current: kept } = anchor;
    anchor.current = undefined;
    const row = kept && rowOf(list.current, kept.id);
    if (row) scrollerOf(list.current).scrollTop += row.getBoundingClientRect().top - kept.top;
  }, [shown, list]);

  const showHeld = useCallback(() => {
    update(true);
    scrollerOf(list.current).scrollTo({ top: 0 });
  }, [update, list]);

  return { rows: shown.rows, held: shown.held.length, showHeld };
}

function isSame(a: { rows: Row[]; held: Order[] }, b: { rows: Row[]; held: Order[] }): boolean {
  return (
    a.rows.length === b.rows.length &&
    a.held.length === b.held.length &&
    a.rows.every(({ order, goneAt }, n) => order === b.rows[n]?.order && goneAt === b.rows[n].goneAt)
  );
}

/** What scrolls: a column at a desk, the page on a phone. */
function scrollerOf(list: HTMLElement | null): Element {
  return list?.closest('.pane') ?? document.documentElement;
}

const scrolled = (list: HTMLElement | null) => scrollerOf(list).scrollTop;

function rowOf(list: HTMLElement | null, id: string): Element | null {
  return list?.querySelector(`[data-order="${id}"]`) ?? null;
}

/** Whether a row is under what can be seen: what comes in before it moves nothing that can be pressed. */
function isBelow(list: HTMLElement | null, id: string): boolean {
  const row = rowOf(list, id);
  // A row's group has a heading over it.
  return row !== null && row.getBoundingClientRect().top > innerHeight + 64;
}

/** The first row that can be seen and that stays. */
function firstSeen(list: HTMLElement | null, rows: Row[]): { id: string; top: number } | undefined {
  for (const { order } of rows) {
    const box = rowOf(list, order.id)?.getBoundingClientRect();
    if (box && box.bottom > 0) return { id: order.id, top: box.top };
  }
  return undefined;
}
