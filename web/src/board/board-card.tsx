/** An order on the wall: how soon, for where, what in short, and how long it has stood there. */
import { BellRing, CircleCheck, ClipboardList, Truck } from 'lucide-preact';
import { now } from '../clock';
import { t } from '../language';
import { ago, timer } from '../language/format';
import { nameOf } from '../orders/order-card';
import { isUnanswered } from '../orders/unanswered';
import { PriorityShape } from '../parts/priority';
import type { Shown } from './board-book';

interface Props extends Shown {
  isShown: boolean;
}

export function BoardCard({ order, since, isShown }: Props) {
  const words = t().board;
  const { status, priority, lines } = order;
  const isOver = status === 'delivered' || status === 'received';
  const isLate = isUnanswered(order);
  const [first] = lines;
  return (
    <li
      class={`board-card is-${isOver ? 'over' : priority} ${isLate ? 'is-unanswered' : ''}`}
      data-order={order.id}
      style={{ visibility: isShown ? 'visible' : 'hidden' }}
    >
      <p class="board-place">
        {isOver ? <CircleCheck aria-hidden="true" /> : <PriorityShape priority={priority} />}
        <strong>{placeOf(nameOf(order))}</strong>
      </p>
      <p class="board-word">{isOver ? words.delivered : t().general.priority[priority]}</p>
      <p class="board-timer">
        {isLate && <BellRing role="img" aria-label={words.unanswered} />}
        {!since.isExact ? (
          <span class="board-since">
            <ClipboardList aria-hidden="true" />
            <span>{words.sinceOrdered}</span>
          </span>
        ) : (
          status === 'in_transit' && <Truck aria-hidden="true" />
        )}
        {isOver ? ago(since.at) : timer(now.value - since.at)}
      </p>
      {order.partially_delivered && <p class="board-flag">{words.partly}</p>}
      <p class="board-lines">
        {first && (
          <span>
            {first.remaining || first.quantity}×{' '}
            {first.medication.tall_man ?? first.medication.name ?? t().orders.unknownMedication}
          </span>
        )}
        {lines.length > 1 && <strong>{words.moreLines(lines.length - 1)}</strong>}
      </p>
    </li>
  );
}

function placeOf(name: string): string {
  const shared = `${t().board.dispenser} `;
  return name.startsWith(shared) ? name.slice(shared.length) : name;
}
