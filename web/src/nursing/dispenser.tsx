/** The screen on which a ward orders: one tap a medication, one to send. */
import { Lock, MessageSquarePlus, PackageX, SendHorizontal, Wrench } from 'lucide-preact';
import { useLocation, useRoute } from 'preact-iso';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { api, answer } from '../api/client';
import type { Holding, MedicationRef, Order, Priority } from '../api/types';
import { matches, readDispensers, readHoldings, wasHere } from '../dispensers/dispensers';
import { draftOf, keepDraft } from '../drafts';
import { t } from '../language';
import { isOffline } from '../live/connection';
import { place, waiting } from '../outbox';
import { AskFirst } from '../parts/ask-first';
import { Button, ButtonLink } from '../parts/button';
import { TextArea } from '../parts/field';
import { PriorityChoice } from '../parts/priority';
import { Screen } from '../parts/screen';
import { SearchField } from '../parts/search-field';
import { Empty, Loading, Trouble } from '../parts/states';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { useAnswer } from '../parts/use-answer';
import { places } from '../places';
import { user } from '../session';
import { newId } from '../uuid';
import { MedicationRow } from './medication-row';
import { saySent } from './sent';
import { useSearch } from './use-search';
import './dispenser.css';

export function DispenserScreen() {
  const { params } = useRoute();
  const id = params['id'] ?? '';
  // Another dispenser begins anew.
  return <Ordering key={id} id={id} />;
}

function Ordering({ id }: { id: string }) {
  const words = t().nursing.dispenser;
  const { route } = useLocation();
  const userId = user.value?.id ?? '';
  const dispensers = useAnswer('dispensers', readDispensers, { isKept: true });
  const holdings = useAnswer(`holdings ${id}`, () => readHoldings(id), { isKept: true });
  const open = useAnswer(`open orders ${id}`, () => readOpenOrders(id));
  const [search, setSearch] = useState('');
  const [quantities, setQuantities] = useState<Record<string, number>>({});
  const [priority, setPriority] = useState<Priority>('routine');
  const [note, setNote] = useState<string>();
  const [isAsking, setIsAsking] = useState(false);
  // What was chosen out of a search is shown by its name when the search is over.
  const [others, setOthers] = useState<Record<string, MedicationRef>>({});
  const found = useSearch(search);

  useEffect(() => {
    void draftOf(userId, id).then((draft) => {
      if (!draft) return;
      setQuantities((chosen) => ({ ...draft.quantities, ...chosen }));
      if (draft.others) setOthers((known) => ({ ...draft.others, ...known }));
      setNote((typed) => typed ?? draft.note);
    });
  }, [userId, id]);

  const dispenser = dispensers.data?.find((dispenser) => dispenser.id === id);
  const held = useMemo(() => holdings.data ?? [], [holdings.data]);
  const known = useMemo(
    () => ({ ...others, ...Object.fromEntries(held.map(({ medication }) => [medication.id, medication])) }),
    [others, held],
  );
  const chosen = Object.entries(quantities).filter(([, quantity]) => quantity > 0);
  const ordered = orderedBefore(id, open.data ?? []);
  const mayControlled = user.value?.may_order_controlled ?? false;
  const isControlled = chosen.some(([medication]) => known[medication]?.controlled_list);

  function choose(medication: MedicationRef, quantity: number) {
    const rest = Object.entries(quantities).filter(([id]) => id !== medication.id);
    const next = Object.fromEntries(quantity > 0 ? [...rest, [medication.id, quantity]] : rest);
    setQuantities(next);
    const isHeld = held.some((holding) => holding.medication.id === medication.id);
    const nextOthers = isHeld ? others : { ...others, [medication.id]: medication };
    setOthers(nextOthers);
    void keepDraft(userId, id, { quantities: next, others: nextOthers, ...(note && { note }) });
  }

  function write(next: string) {
    setNote(next);
    void keepDraft(userId, id, { quantities, others, ...(next && { note: next }) });
  }

  const send = useAction(
    async () => {
      const orderId = newId();
      const order = {
        id: orderId,
        dispenser_id: id,
        priority,
        lines: chosen.map(([medication_id, quantity]) => ({ medication_id, quantity })),
        note: note?.trim() ? note.trim() : null,
      };
      await place(order, {
        dispenser: dispenser?.name ?? '',
        ward: dispenser?.ward ?? '',
        medications: Object.fromEntries(
          chosen.map(([medication]) => [medication, known[medication]?.name ?? '']),
        ),
      });
      wasHere(id);
      void keepDraft(userId, id, { quantities: {} });
      saySent(orderId);
      route(places.myOrders);
    },
    () => {
      say(words.notKept, { isBad: true, lasts: 10_000 });
      return true;
    },
  );

  const row = (medication: MedicationRef, holding?: Holding) => (
    <MedicationRow
      key={medication.id}
      medication={medication}
      quantity={quantities[medication.id] ?? 0}
      usual={usualQuantity(holding)}
      orderedAt={ordered.get(medication.id)}
      isForbidden={Boolean(medication.controlled_list) && !mayControlled}
      onQuantity={(quantity) => choose(medication, quantity)}
    />
  );

  const isSearching = search.trim() !== '';
  const shownHeld = held.filter(({ medication }) => matches(search, medication.name ?? ''));
  const heldIds = new Set(held.map(({ medication }) => medication.id));
  const added = Object.values(others).filter(({ id }) => !heldIds.has(id) && (quantities[id] ?? 0) > 0);
  const exact = found.items.filter(({ id, match }) => !heldIds.has(id) && match !== 'typo');
  const similar = found.items.filter(({ id, match }) => !heldIds.has(id) && match === 'typo');
  const title = dispenser?.name ?? '';

  return (
    <Screen
      title={title}
      under={dispenser && [dispenser.ward, dispenser.wing, dispenser.floor].filter(Boolean).join(' · ')}
      onBack={() => route(places.start)}
      bar={
        <div class="send-bar">
          <PriorityChoice value={priority} onChange={setPriority} />
          <Button
            kind="main"
            icon={SendHorizontal}
            isWide
            isBusy={send.isBusy}
            disabled={chosen.length === 0 || dispenser?.is_active === false}
            onClick={() => (isControlled ? setIsAsking(true) : void send.run())}
          >
            {words.send(chosen.length)}
          </Button>
        </div>
      }
    >
      {dispenser?.is_active === false && <p class="notice is-bad">{words.outOfUse}</p>}
      {(dispenser?.open_service_calls ?? 0) > 0 && (
        <p class="notice">
          <Wrench aria-hidden="true" size={20} />
          {words.broken}
        </p>
      )}
      <SearchField label={words.search} value={search} onValue={setSearch} />
      {!holdings.data && holdings.failure && (
        <Trouble error={holdings.failure} again={() => void holdings.again()} />
      )}
      {!holdings.data && !holdings.failure && <Loading rows={6} />}
      {holdings.data && held.length === 0 && !isSearching && <Empty icon={PackageX}>{words.empty}</Empty>}
      {added.length > 0 && !isSearching && (
        <section class="section">
          <h2>{words.found}</h2>
          <ul class="medications">{added.map((medication) => row(medication))}</ul>
        </section>
      )}
      {shownHeld.length > 0 && (
        <section class="section">
          <h2>{words.held}</h2>
          <ul class="medications">{shownHeld.map((holding) => row(holding.medication, holding))}</ul>
        </section>
      )}
      {isSearching && (
        <>
          {isOffline.value && <p class="notice">{words.searchOffline}</p>}
          {exact.length > 0 && (
            <section class="section">
              <h2>{words.found}</h2>
              <ul class="medications">{exact.map((medication) => row(medication))}</ul>
            </section>
          )}
          {similar.length > 0 && (
            <section class="section">
              <h2>{words.similar}</h2>
              <ul class="medications">{similar.map((medication) => row(medication))}</ul>
            </section>
          )}
          {found.isSettled && shownHeld.length + exact.length + similar.length === 0 && (
            <p class="soft">{words.nothingFound}</p>
          )}
        </>
      )}
      {!isSearching && holdings.data && (
        <div class="section">
          {note === undefined ? (
            <Button kind="quiet" icon={MessageSquarePlus} onClick={() => setNote('')}>
              {words.addNote}
            </Button>
          ) : (
            <TextArea label={words.note} maxLength={500} value={note} onValue={write} />
          )}
          <ButtonLink kind="quiet" icon={Wrench} href={places.trouble(id)}>
            {words.trouble}
          </ButtonLink>
        </div>
      )}
      {isAsking && (
        <AskFirst
          title={words.controlledTitle}
          does={words.send(chosen.length)}
          icon={Lock}
          isMain
          onDo={() => send.run()}
          onClose={() => setIsAsking(false)}
        >
          {words.controlledAsk}
        </AskFirst>
      )}
    </Screen>
  );
}

async function readOpenOrders(id: string): Promise<Order[]> {
  const query = { limit: 100 };
  const { items } = await answer(
    api.GET('/dispensers/{id}/open-orders', { params: { path: { id }, query } }),
  );
  return items;
}

/** What fills a dispenser from the stock at which it should be filled up; one, where that is not set. */
function usualQuantity(holding: Holding | undefined): number {
  const { par_min, par_max } = holding ?? {};
  return par_min && par_max && par_max > par_min ? par_max - par_min : 1;
}

/** When each medication was last ordered for this dispenser and is still to come. */
function orderedBefore(dispenserId: string, open: Order[]): Map<string, string | number> {
  const at = new Map<string, string | number>();
  // The newest comes first.
  for (const { lines, requested_at } of [...open].reverse()) {
    for (const { medication, remaining } of lines) if (remaining > 0) at.set(medication.id, requested_at);
  }
  for (const { order, placedAt, state } of waiting.value) {
    if (order.dispenser_id !== dispenserId || state.kind === 'undone' || state.kind === 'refused') continue;
    for (const { medication_id } of order.lines) at.set(medication_id, placedAt);
  }
  return at;
}
