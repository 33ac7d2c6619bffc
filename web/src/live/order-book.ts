/** A list of orders that keeps itself up to date: read once, then followed on the stream. */
import { signal, type ReadonlySignal } from '@preact/signals';
import { asFailure, type Failure } from '../api/failure';
import type { Order } from '../api/types';
import { watch, type Link, type StreamedEvent, type Which } from './stream';

export interface OrderBook {
  /** By id; those that `wants` wants. */
  orders: ReadonlySignal<ReadonlyMap<string, Order>>;
  /** Whether the list has been read at least once. */
  isRead: ReadonlySignal<boolean>;
  /** Why it can't be read at the moment. */
  failure: ReadonlySignal<Failure | undefined>;
  link: ReadonlySignal<Link>;
  freshAt: ReadonlySignal<number | undefined>;
  /** Takes an order as an answer showed it, without waiting for its event. */
  take: (order: Order) => void;
  /** Is told each event as it happens, but none of those before the list was read. */
  listen: (listener: (event: StreamedEvent) => void) => () => void;
  reread: () => void;
  close: () => void;
}

interface Wanted {
  /** Reads the list. */
  read: () => Promise<Order[]>;
  /** Whether an order, as it stands now, is on the list. */
  wants: (order: Order) => boolean;
  which?: Which;
  onEnd?: () => void;
}

/** How long to wait after a list could not be read, in milliseconds. */
const RETRY = 3000;

export function openBook({ read, wants, which = {}, onEnd }: Wanted): OrderBook {
  const orders = signal<ReadonlyMap<string, Order>>(new Map());
  const isRead = signal(false);
  const failure = signal<Failure | undefined>(undefined);
  const listeners = new Set<(event: StreamedEvent) => void>();
  /** What the stream told while a list was under way, which may be older. */
  let told: Order[] | undefined;
  /** How often a list was asked for. */
  let asked = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  function put(into: Map<string, Order>, order: Order) {
    const before = into.get(order.id);
    // An event tells how its order stands, and may come after one that told more of it.
    if (before && before.version > order.version) return;
    if (wants(order)) into.set(order.id, order);
    else into.delete(order.id);
  }

  function take(order: Order) {
    told?.push(order);
    const next = new Map(orders.value);
    put(next, order);
    orders.value = next;
  }

  async function readList() {
    clearTimeout(retry);
    const mine = (asked += 1);
    if (told) return;
    told = [];
    try {
      const list = await read();
      const next = new Map<string, Order>();
      for (const order of list) put(next, order);
      for (const order of told) put(next, order);
      orders.value = next;
      isRead.value = true;
      failure.value = undefined;
    } catch (error) {
      failure.value = asFailure(error);
      if (!isClosed && failure.value.isTransient) retry = setTimeout(() => void readList(), RETRY);
    } finally {
      told = undefined;
    }
    // The stream began meanwhile: what happened between this list and then is in neither.
    if (asked !== mine && !isClosed) await readList();
  }

  const stream = watch(which, {
    onBegin: () => void readList(),
    onEvent: (event) => {
      take(event.order);
      if (isRead.value) for (const listener of listeners) listener(event);
    },
    ...(onEnd && { onEnd }),
  });
  // The stream may take its time, or be held up by a proxy on the way.
  void readList();

  return {
    orders,
    isRead,
    failure,
    link: stream.link,
    freshAt: stream.freshAt,
    take,
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reread: () => void readList(),
    close: () => {
      isClosed = true;
      clearTimeout(retry);
      listeners.clear();
      stream.stop();
    },
  };
}
