/**
 * Sounds of new orders, for who is on duty. Emergência rings until somebody silences it here or takes it
 * anywhere; Urgente sounds once; Rotina only counts.
 */
import { effect, untracked } from '@preact/signals';
import type { Order } from '../api/types';
import type { OrderBook } from '../live/order-book';
import { user } from '../session';
import { ring, ringing, silence, sound } from '../sounds';

export function watchAlerts(book: OrderBook): () => void {
  /** The orders as they stood when they were last looked at; nothing before the first look. */
  let before: ReadonlyMap<string, Order> | undefined;
  /** Those of Emergência that have rung: once silenced they stay so, unless they come back to the queue. */
  const rung = new Set<string>();

  function look(orders: ReadonlyMap<string, Order>, me: string | undefined, isOnDuty: boolean) {
    const known = before;
    before = orders;
    for (const id of ringing.value) {
      if (!isOnDuty || orders.get(id)?.status !== 'requested') silence(id);
    }
    let isUrgentNew = false;
    for (const order of orders.values()) {
      if (order.status !== 'requested') {
        rung.delete(order.id);
        continue;
      }
      const last = known?.get(order.id);
      // Who gives an order back knows that it waits.
      const isOwn = last?.accepted_by != null && last.accepted_by.id === me;
      if (order.priority === 'stat' && isOnDuty && !rung.has(order.id)) {
        rung.add(order.id);
        if (!isOwn) ring(order.id);
      }
      const isNew = known !== undefined && last?.status !== 'requested';
      if (order.priority === 'urgent' && isNew && !isOwn) isUrgentNew = true;
    }
    // Several at once are one sound.
    if (isUrgentNew && isOnDuty) sound('urgent');
  }

  const stop = effect(() => {
    const orders = book.orders.value;
    const me = user.value;
    // What rings is not what this follows.
    if (book.isRead.value) untracked(() => look(orders, me?.id, me?.is_on_duty ?? false));
  });
  return () => {
    stop();
    silence();
  };
}
