/** An order that waits: all that has to be known to take it, and one tap that takes it. */
import { CheckCheck, Copy, Hand, StickyNote } from 'lucide-preact';
import { now } from '../clock';
import { t } from '../language';
import { duration, timeOfDay, timer } from '../language/format';
import { nameOf, OrderLines, wardOf } from '../orders/order-card';
import { PriorityShape } from '../parts/priority';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { places } from '../places';
import { isMine, isUnanswered, usePharmacyBook } from './pharmacy-book';
import { ServerButton } from './server-button';
import type { Row } from './shown-queue';
import { accept, release, sayWhyNot } from './steps';

/** So many lines are shown: more than most orders have. */
const SHOWN = 6;

/** How long who has taken an order can give it back by one tap, in milliseconds. */
const UNDO = 6000;

export function QueueCard({ row, isSelected }: { row: Row; isSelected: boolean }) {
  const { order, goneAt } = row;
  const words = t().pharmacy.queue;
  const book = usePharmacyBook();
  const take = useAction(async () => {
    const taken = await accept(book, order);
    say(words.accepted, {
      lasts: UNDO,
      action: { label: t().general.undo, do: () => void release(book, taken).catch(sayWhyNot) },
    });
  }, sayWhyNot);
  const waited = now.value - Date.parse(order.requested_at);
  const isGone = goneAt !== undefined;
  return (
    <li
      class={`card queue-card is-${order.priority}${isGone ? ' is-gone' : ''}${isSelected ? ' is-selected' : ''}`}
      data-order={order.id}
    >
      <a class="order-card-link" href={places.order(order.id)} aria-current={isSelected ? 'true' : undefined}>
        <div class="queue-card-head">
          <PriorityShape priority={order.priority} />
          <p class="card-title">{nameOf(order)}</p>
          <time
            class="queue-timer"
            dateTime={order.requested_at}
            aria-label={words.waitsSince(duration(waited))}
          >
            {timer(waited)}
          </time>
        </div>
        <p class="order-place soft">{wardOf(order)}</p>
        <div class="queue-card-who">
          {isUnanswered(order) && <span class="order-flag">{t().orders.unanswered}</span>}
          {order.partially_delivered && <span class="order-flag">{t().orders.partly}</span>}
          <span class="soft">{t().orders.by(order.requested_by.name)}</span>
        </div>
        <OrderLines order={order} shown={SHOWN} />
        {order.note && (
          <p class="queue-note">
            <StickyNote aria-label={t().orders.note} size={20} />
            <span>{order.note}</span>
          </p>
        )}
      </a>
      <Duplicate row={row} />
      {isGone ? (
        <p class="queue-gone" role="status">
          <CheckCheck aria-hidden="true" size={22} />
          {whereItWent(row)}
        </p>
      ) : (
        <ServerButton
          kind="main"
          icon={Hand}
          isWide
          isBusy={take.isBusy}
          aria-label={words.acceptFor(nameOf(order))}
          onClick={() => void take.run()}
        >
          {words.accept}
        </ServerButton>
      )}
    </li>
  );
}

/** The same medication was ordered for the same dispenser and is still to come. */
function Duplicate({ row: { order } }: { row: Row }) {
  const words = t().pharmacy.queue;
  const book = usePharmacyBook();
  const [first] = order.duplicate_of;
  if (first === undefined) return null;
  const other = book.orders.value.get(first);
  if (!other) return null;
  return (
    <a class="queue-duplicate" href={places.order(first)}>
      <Copy aria-hidden="true" size={20} />
      {words.duplicateOf(timeOfDay(other.requested_at))}
    </a>
  );
}

function whereItWent({ order }: Row): string {
  const words = t().pharmacy.queue;
  if (order.status === 'requested') return words.gone;
  if (isMine(order)) return words.mine;
  if (order.status === 'accepted' && order.accepted_by) return t().orders.with(order.accepted_by.name);
  return t().general.status[order.status];
}
