/** An order of a list: how soon, for where, what, and how it stands. */
import type { Order } from '../api/types';
import { t } from '../language';
import { ago } from '../language/format';
import { MedicationName } from '../parts/medication-name';
import { PriorityMark } from '../parts/priority';
import { StatusTag } from '../parts/status-tag';
import type { ComponentChildren } from 'preact';
import './order-card.css';

/** So many lines are shown; a longer order says how many more there are. */
const SHOWN = 3;

interface Props {
  order: Order;
  href?: string;
  /** What can be done with it, under it. */
  children?: ComponentChildren;
  isStatusShown?: boolean;
}

export function OrderCard({ order, href, children, isStatusShown = true }: Props) {
  const inside = (
    <>
      <div class="card-head">
        <PriorityMark priority={order.priority} />
        <span class="soft small">{ago(order.requested_at)}</span>
      </div>
      <p class="card-title">{nameOf(order)}</p>
      <p class="order-place soft">{wardOf(order)}</p>
      <OrderLines order={order} />
      <div class="row">
        {isStatusShown && <StatusTag status={order.status} />}
        {order.unanswered && <span class="order-flag">{t().orders.unanswered}</span>}
        {order.partially_delivered && <span class="order-flag">{t().orders.partly}</span>}
        {order.accepted_by && <span class="soft small">{t().orders.with(order.accepted_by.name)}</span>}
      </div>
    </>
  );
  return (
    <li class="card order-card" data-order={order.id}>
      {href ? (
        <a class="order-card-link" href={href}>
          {inside}
        </a>
      ) : (
        inside
      )}
      {children}
    </li>
  );
}

export function OrderLines({ order, shown = SHOWN }: { order: Pick<Order, 'lines'>; shown?: number }) {
  const rest = order.lines.length - shown;
  return (
    <ul class="order-lines">
      {order.lines.slice(0, shown).map(({ id, medication, quantity, delivered }) => (
        <li key={id}>
          <span class="order-quantity">{quantity - delivered || quantity}×</span>
          <MedicationName medication={medication} unknown={t().orders.unknownMedication} />
        </li>
      ))}
      {rest > 0 && <li class="soft small">{t().orders.more(rest)}</li>}
    </ul>
  );
}

/** The dispenser that an order is for. */
export function nameOf({ dispenser }: Pick<Order, 'dispenser'>): string {
  return dispenser.name ?? t().orders.unknownDispenser;
}

/** Where that stands. */
export function wardOf({ dispenser }: Pick<Order, 'dispenser'>): string {
  return [dispenser.ward, dispenser.wing, dispenser.floor].filter(Boolean).join(' · ');
}
