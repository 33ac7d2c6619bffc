import type { Order } from '../api/types';
import { now } from '../clock';

/** Whether nobody has taken it within its target, at this second: what an order says of it is as old as the answer. */
export function isUnanswered({ status, answer_due_at }: Pick<Order, 'status' | 'answer_due_at'>): boolean {
  return status === 'requested' && !!answer_due_at && Date.parse(answer_due_at) < now.value;
}
