/**
 * Since when orders stand as they do. Lists do not tell, but events do: what was seen of them is kept on the
 * device, so that a screen that loads itself anew goes on counting where it was.
 */
import type { EventKind, Order, Status } from '../api/types';
import { serverNow } from '../clock';
import type { StreamedEvent } from '../live/stream';

export interface Since {
  at: number;
  /** False where only the time of the order itself is known. */
  isExact: boolean;
}

const MADE: Partial<Record<EventKind, Status>> = {
  requested: 'requested',
  released: 'requested',
  accepted: 'accepted',
  dispatched: 'in_transit',
  delivered: 'delivered',
};

const KEY = 'botica.board.since';
/** By then an order has arrived, or nobody counts its minutes any more. */
const KEPT = 24 * 3_600_000;

type Seen = Record<string, { status: Status; at: number }>;

const seen: Seen = read();

export function sinceOf(order: Order): Since {
  if (order.status === 'requested') return { at: Date.parse(order.requested_at), isExact: true };
  // What was received stands since it was delivered, for who looks at the wall.
  const status = order.status === 'received' ? 'delivered' : order.status;
  const known = seen[order.id];
  return known?.status === status
    ? { at: known.at, isExact: true }
    : { at: Date.parse(order.requested_at), isExact: false };
}

export function remember({ order_id, kind, at }: StreamedEvent) {
  const status = MADE[kind];
  if (!status) return;
  seen[order_id] = { status, at: Date.parse(at) };
  const oldest = serverNow() - KEPT;
  for (const [id, { at }] of Object.entries(seen)) if (at < oldest) Reflect.deleteProperty(seen, id);
  try {
    localStorage.setItem(KEY, JSON.stringify(seen));
  } catch {
    // Then it counts from the order's own time after the next start.
  }
}

function read(): Seen {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Seen;
  } catch {
    return {};
  }
}
