/** One line of what is handed over: how much, and of which lot. */
import { CircleCheck, OctagonAlert, Pencil, Plus, X } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import type { Lot, OrderLine } from '../api/types';
import { t } from '../language';
import { plainDate } from '../language/format';
import { Button, IconButton } from '../parts/button';
import { TextField } from '../parts/field';
import { MedicationName } from '../parts/medication-name';
import { Stepper } from '../parts/stepper';
import { useAnswer } from '../parts/use-answer';
import { isOver } from './expiry';
import { ExpiryField } from './expiry-field';
import type { HandOver, Part } from './use-hand-over';

interface Props {
  line: OrderLine;
  handOver: HandOver;
}

export function HandOverLine({ line, handOver }: Props) {
  const words = t().pharmacy.handOver;
  const parts = handOver.partsOf(line);
  const isComplete = line.remaining === 0;
  const hasLot = parts.some(({ lot }) => lot !== '');
  return (
    <li class="hand-over-line" data-line={line.id}>
      <div class="hand-over-what">
        <span class="order-quantity">{line.quantity}×</span>
        <div>
          <MedicationName medication={line.medication} unknown={t().orders.unknownMedication} />
          {isComplete ? (
            <p class="hand-over-complete">
              <CircleCheck aria-hidden="true" size={20} />
              {words.complete}
            </p>
          ) : (
            line.delivered > 0 && (
              <p class="soft">
                {t().orders.delivered(line.delivered, line.quantity)} · {words.due(line.remaining)}
              </p>
            )
          )}
        </div>
      </div>
      {!isComplete &&
        parts.map((part) => (
          <LotPart
            key={part.key}
            line={line}
            part={part}
            handOver={handOver}
            free={line.remaining - sum(parts.filter((other) => other !== part))}
            isAlone={parts.length === 1}
          />
        ))}
      {!isComplete && hasLot && line.remaining > 1 && (
        <Button kind="quiet" icon={Plus} class="hand-over-another" onClick={() => handOver.add(line)}>
          {words.anotherLot}
        </Button>
      )}
    </li>
  );
}

const sum = (parts: Part[]) => parts.reduce((total, { quantity }) => total + quantity, 0);

interface PartProps extends Props {
  part: Part;
  /** The most that it may have. */
  free: number;
  isAlone: boolean;
}

function LotPart({ line, part, handOver, free, isAlone }: PartProps) {
  const words = t().pharmacy.handOver;
  const [isTyping, setIsTyping] = useState(false);
  const name = line.medication.tall_man ?? line.medication.name ?? '';
  const change = (change: Partial<Part>) => handOver.change(line, part.key, change);
  const { data: lots } = useAnswer(`lots ${line.medication.id}`, () => readLots(line.medication.id), {
    isKept: true,
  });
  const isExpired = isOver(part.expiresOn);
  const proposed = proposal(lots ?? [], handOver.partsOf(line));
  return (
    <div class="hand-over-part">
      <div class="hand-over-count">
        <Stepper
          label={words.quantityOf(name)}
          less={words.less(name)}
          more={words.more(name)}
          value={part.quantity}
          max={free}
          onChange={(quantity) => change({ quantity })}
        />
        {!isAlone && (
          <IconButton icon={X} label={words.removeLot} onClick={() => handOver.remove(line, part.key)} />
        )}
      </div>
      {!isTyping && (
        <div class="hand-over-lot">
          {part.lot !== '' ? (
            <p class="hand-over-chosen">
              {words.recorded(part.lot, part.expiresOn ? plainDate(part.expiresOn) : undefined)}
              {isExpired && <ExpiredMark />}
            </p>
          ) : (
            proposed && (
              <Button
                class="hand-over-proposal"
                onClick={() => change({ lot: proposed.number, expiresOn: proposed.expires_on ?? '' })}
              >
                {words.recorded(
                  proposed.number,
                  proposed.expires_on ? plainDate(proposed.expires_on) : undefined,
                )}
              </Button>
            )
          )}
          {part.lot !== '' || proposed ? (
            <IconButton
              icon={Pencil}
              label={part.lot === '' ? words.enterLot : words.changeLot}
              onClick={() => setIsTyping(true)}
            />
          ) : (
            <Button kind="quiet" icon={Pencil} onClick={() => setIsTyping(true)}>
              {words.enterLot}
            </Button>
          )}
        </div>
      )}
      {isTyping && (
        <div class="hand-over-typed">
          <TextField
            label={words.lot}
            value={part.lot}
            onValue={(lot) => {
              const known = lots?.find(({ number }) => number === lot.trim());
              change({ lot, ...(known?.expires_on && { expiresOn: known.expires_on }) });
            }}
            autocomplete="off"
            autoCapitalize="characters"
            spellcheck={false}
            maxLength={200}
          />
          <ExpiryField value={part.expiresOn} onChange={(expiresOn) => change({ expiresOn })} />
          {isExpired && <ExpiredMark />}
          <Button onClick={() => setIsTyping(false)}>{t().pharmacy.scan.done}</Button>
        </div>
      )}
    </div>
  );
}

function ExpiredMark() {
  return (
    <span class="hand-over-expired">
      <OctagonAlert aria-hidden="true" size={20} />
      {t().pharmacy.handOver.expired}
    </span>
  );
}

/** The recorded lot that expires first of those that may still be used and are not chosen yet. */
function proposal(lots: Lot[], parts: Part[]): Lot | undefined {
  return lots.find(
    ({ number, expires_on }) => !isOver(expires_on ?? '') && !parts.some(({ lot }) => lot === number),
  );
}

async function readLots(id: string): Promise<Lot[]> {
  return (await answer(api.GET('/medications/{id}/lots', { params: { path: { id } } }))).items;
}
