import type { Order } from '../api/types';
import { priorities } from '../parts/priority';

/** The most urgent first, and the oldest of equals. */
export function byUrgency(a: Order, b: Order): number {
  return (
    priorities.indexOf(a.priority) - priorities.indexOf(b.priority) ||
    a.requested_at.localeCompare(b.requested_at)
  );
}
