/** An order at its dispenser: whether it is handed over now, and how that went. */
import { CircleAlert, CircleCheck } from 'lucide-preact';
import type { Order } from '../api/types';
import { t } from '../language';
import { timeOfDay } from '../language/format';
import { OrderLines } from '../orders/order-card';
import { PriorityMark } from '../parts/priority';

export type Outcome = 'delivered' | { why: string };

interface Props {
  order: Order;
  outcome: Outcome | undefined;
  isChosen: boolean;
  onChoose: (isChosen: boolean) => void;
}

/** More lines than an order usually has: what is handed over is to be seen. */
const SHOWN = 12;

export function DeliveryOrder({ order, outcome, isChosen, onChoose }: Props) {
  const words = t().pharmacy.delivery;
  const isDone = outcome === 'delivered';
  return (
    <li class="card" data-order={order.id}>
      <label class="delivery-choice">
        <input
          type="checkbox"
          checked={isChosen}
          disabled={isDone}
          onChange={({ currentTarget }) => onChoose(currentTarget.checked)}
        />
        <PriorityMark priority={order.priority} />
        <span class="soft">
          {t().orders.events.requested} {timeOfDay(order.requested_at)}
        </span>
      </label>
      <OrderLines order={order} shown={SHOWN} />
      {!isDone && order.status === 'accepted' && <p class="soft">{words.notLeftYet}</p>}
      {isDone && (
        <p class="delivery-outcome">
          <CircleCheck aria-hidden="true" size={22} />
          {words.isDelivered}
        </p>
      )}
      {outcome !== undefined && outcome !== 'delivered' && (
        <p class="delivery-outcome is-bad">
          <CircleAlert aria-hidden="true" size={22} />
          {outcome.why}
        </p>
      )}
    </li>
  );
}
