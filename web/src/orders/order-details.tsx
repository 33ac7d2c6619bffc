/** All of an order: what, how much of it came, and its history. What can be done with it is the role's. */
import type { ComponentChildren } from 'preact';
import type { OrderWithEvents } from '../api/types';
import { t } from '../language';
import { dateTime, plainDate } from '../language/format';
import { MedicationName } from '../parts/medication-name';
import { PriorityMark } from '../parts/priority';
import { StatusTag } from '../parts/status-tag';
import { Stars } from './stars';
import { Timeline } from './timeline';
import { reasonLabel } from './reasons';
import './order-details.css';

interface Props {
  order: OrderWithEvents;
  /** Between how it stands and what was ordered. */
  children?: ComponentChildren;
  /** In the place of what was ordered, where something is done with its lines. */
  lines?: ComponentChildren;
}

export function OrderDetails({ order, children, lines }: Props) {
  const words = t().orders;
  return (
    <>
      <section class="section">
        <div class="row">
          <PriorityMark priority={order.priority} />
          <StatusTag status={order.status} />
          {order.unanswered && <span class="order-flag">{words.unanswered}</span>}
          {order.partially_delivered && <span class="order-flag">{words.partly}</span>}
        </div>
        <p class="soft">
          {dateTime(order.requested_at)} · {order.requested_by.name}
        </p>
        {order.refusal && (
          <p class="order-refusal">
            <strong>{words.refusedBecause}:</strong> {reasonLabel(order.refusal)}
          </p>
        )}
        {order.reason && (
          <p>
            <strong>{words.reason}:</strong> {reasonLabel(order.reason)}
            {order.reason_note && <> · {order.reason_note}</>}
          </p>
        )}
        {order.note && (
          <p class="order-note">
            <strong>{words.note}:</strong> {order.note}
          </p>
        )}
      </section>
      {children}
      {lines ?? <Lines order={order} />}
      <section class="section">
        <h2>{words.timeline}</h2>
        <Timeline events={order.events} />
      </section>
      {order.feedback && (
        <section class="section">
          <Stars given={order.feedback.rating} onRate={() => undefined} />
          {order.feedback.comment && <p>{order.feedback.comment}</p>}
        </section>
      )}
    </>
  );
}

function Lines({ order }: { order: OrderWithEvents }) {
  const words = t().orders;
  return (
    <section class="section">
      <h2>{words.lines}</h2>
      <ul class="order-details-lines">
        {order.lines.map((line) => (
          <li key={line.id}>
            <span class="order-quantity">{line.quantity}×</span>
            <div>
              <MedicationName medication={line.medication} unknown={words.unknownMedication} />
              {line.delivered > 0 && (
                <p class="soft small">{words.delivered(line.delivered, line.quantity)}</p>
              )}
              {line.deliveries
                .filter(({ lot, expires_on }) => lot ?? expires_on)
                .map(({ seq, lot, expires_on, quantity }) => (
                  <p key={`${String(seq)} ${lot ?? ''}`} class="soft small">
                    {quantity}× {lot && words.lot(lot)}
                    {expires_on && <> · {words.expires(plainDate(expires_on))}</>}
                  </p>
                ))}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
