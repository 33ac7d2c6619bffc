/** An order that is still on this device: what it is, and honestly where it stands. */
import { Phone, Send, Trash2 } from 'lucide-preact';
import { hospital } from '../hospital';
import { t } from '../language';
import { ago } from '../language/format';
import type { Waiting } from '../database';
import { drop, isLate, stillNeeded, undo } from '../outbox';
import { Button, ButtonLink } from '../parts/button';
import { PriorityMark } from '../parts/priority';
import { StatusTag, type Standing } from '../parts/status-tag';
import { refusalInWords } from './refusal';

function standingOf({ state }: Waiting): Standing {
  switch (state.kind) {
    case 'waiting':
      return 'unsent';
    case 'accepted':
      return 'requested';
    case 'undone':
      return 'cancelled';
    case 'refused':
      return 'refused';
  }
}

export function WaitingCard({ entry }: { entry: Waiting }) {
  const words = t().orders;
  const { order, names, placedAt, state } = entry;
  const priority = order.priority ?? 'routine';
  const phone = hospital.value.pharmacy_phone;
  return (
    <li class="card" data-order={entry.id}>
      <div class="card-head">
        <PriorityMark priority={priority} />
        <span class="soft small">{ago(placedAt)}</span>
      </div>
      <p class="card-title">{names.dispenser}</p>
      <p class="order-place soft">{names.ward}</p>
      <ul class="order-lines">
        {order.lines.map(({ medication_id, quantity }) => (
          <li key={medication_id}>
            <span class="order-quantity">{quantity}×</span>
            <span class="medication-words">
              {names.medications[medication_id] ?? words.unknownMedication}
            </span>
          </li>
        ))}
      </ul>
      <div class="row">
        <StatusTag status={standingOf(entry)} />
      </div>
      {state.kind === 'undone' && <p class="soft">{words.undoing}</p>}
      {state.kind === 'refused' && (
        <>
          <p>
            {words.notTaken} <span class="soft">{refusalInWords(state.detail) ?? words.notTakenMore}</span>
          </p>
          <Button icon={Trash2} onClick={() => void drop(entry.id)}>
            {words.discard}
          </Button>
        </>
      )}
      {state.kind === 'waiting' && !isLate(entry) && <p class="soft">{words.sentBy}</p>}
      {isLate(entry) && (
        <>
          <p>
            <strong>{words.stillNeeded}</strong> {words.stillNeededMore(ago(placedAt))}
          </p>
          <div class="row">
            <Button icon={Send} onClick={() => void stillNeeded(entry.id)}>
              {words.sendNow}
            </Button>
            <Button kind="danger" icon={Trash2} onClick={() => void undo(entry.id)}>
              {words.discard}
            </Button>
          </div>
        </>
      )}
      {state.kind === 'waiting' && priority === 'stat' && phone && (
        <ButtonLink kind="danger" icon={Phone} href={`tel:${phone.replace(/[^+\d]/g, '')}`}>
          {words.call(phone)}
        </ButtonLink>
      )}
    </li>
  );
}
