/** At a dispenser: its label is read, and all that one carries for it is handed over in one tap. */
import { CircleCheck, PackageCheck, PackageX, ScanLine } from 'lucide-preact';
import { useLocation } from 'preact-iso';
import { useRef, useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import { asFailure, inWords } from '../api/failure';
import type { Order } from '../api/types';
import { codeOfLabel } from '../dispensers/label-code';
import { t } from '../language';
import { nameOf, wardOf } from '../orders/order-card';
import { Button, ButtonLink } from '../parts/button';
import { Screen } from '../parts/screen';
import { Empty, Loading } from '../parts/states';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { places } from '../places';
import type { Frame } from './frame';
import { LabelReader } from './label-reader';
import { DeliveryOrder, type Outcome } from './delivery-order';
import { mineIn, usePharmacyBook } from './pharmacy-book';
import { ServerButton } from './server-button';
import { deliver, sayWhyNot, whyNot } from './steps';
import './delivery.css';

export function DeliveryScreen() {
  return <Delivery frame={Screen} />;
}

export function Delivery({ frame: Framed }: { frame: Frame }) {
  const words = t().pharmacy.delivery;
  const { query, route } = useLocation();
  const book = usePharmacyBook();
  /** The dispenser whose label was read, with the orders as they were then: they stay while they are handed over. */
  const [here, setHere] = useState<{ orders: Order[] }>();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [outcomes, setOutcomes] = useState<Record<string, Outcome | undefined>>({});
  /** Takes back what was said of another label. */
  const hush = useRef<() => void>();
  const mine = mineIn(book);
  const expected = mine.filter(({ dispenser }) => dispenser.id === query['para']);

  const read = useAction(async (text: string) => {
    const code = codeOfLabel(text);
    const orders = mine.filter(({ dispenser }) => dispenser.code === code);
    const [first] = orders;
    hush.current?.();
    const sayBad = (text: string) => (hush.current = say(text, { isBad: true, lasts: 8000 }));
    if (code === undefined) {
      sayBad(words.notALabel);
      return;
    }
    if (!first) {
      sayBad(await whatElse(code));
      return;
    }
    const onTheWay = orders.some(({ status }) => status === 'in_transit');
    // What was accepted after one left is not in one's hands, unless one says so.
    const notYet = orders.filter(({ status }) => onTheWay && status === 'accepted');
    setLeft(new Set(notYet.map(({ id }) => id)));
    setOutcomes({});
    setHere({ orders });
    if (expected.length > 0 && query['para'] !== first.dispenser.id) sayBad(words.other(nameOf(first)));
  });

  const orders = (here?.orders ?? []).map((order) => book.orders.value.get(order.id) ?? order);
  // What has ended or is somebody else's meanwhile can't be handed over any more.
  const open = new Set(mine.map(({ id }) => id));
  const toDo = orders.filter(({ id }) => !left.has(id) && open.has(id));
  const give = useAction(async () => {
    let done = 0;
    let failed = 0;
    for (const order of toDo) {
      try {
        await deliver(book, order);
        done += 1;
        setOutcomes((before) => ({ ...before, [order.id]: 'delivered' }));
      } catch (error) {
        failed += 1;
        setOutcomes((before) => ({ ...before, [order.id]: { why: whyNot(error) } }));
      }
    }
    if (failed > 0) say(words.partly(done, toDo.length), { isBad: true, lasts: 8000 });
    else {
      say(words.delivered(done));
      route(places.trips);
    }
  }, sayWhyNot);

  if (!here) {
    return (
      <Framed title={words.title} onBack={() => route(places.trips)}>
        {expected[0] && <p class="notice">{words.expected(nameOf(expected[0]))}</p>}
        {!book.isRead.value && <Loading rows={1} />}
        {book.isRead.value && mine.length === 0 ? (
          <Empty icon={PackageX}>
            <p>{words.none}</p>
            <ButtonLink href={places.queue}>{t().pharmacy.trips.toQueue}</ButtonLink>
          </Empty>
        ) : (
          <LabelReader isBusy={read.isBusy} onCode={(text) => void read.run(text)} />
        )}
      </Framed>
    );
  }
  const [first] = orders;
  return (
    <Framed
      title={first ? nameOf(first) : words.title}
      under={first && wardOf(first)}
      onBack={() => setHere(undefined)}
      bar={
        orders.every(({ id }) => !open.has(id)) ? (
          <ButtonLink kind="main" isWide href={places.trips}>
            {t().general.back}
          </ButtonLink>
        ) : (
          <ServerButton
            kind="main"
            icon={PackageCheck}
            isWide
            isBusy={give.isBusy}
            disabled={toDo.length === 0}
            aria-keyshortcuts="E"
            onClick={() => void give.run()}
          >
            {toDo.length === 0 ? words.deliverNone : words.deliver(toDo.length)}
          </ServerButton>
        )
      }
    >
      <p class="delivery-right" role="status">
        <CircleCheck aria-hidden="true" size={24} />
        {words.right}
      </p>
      <ul class="cards">
        {orders.map((order) => (
          <DeliveryOrder
            key={order.id}
            order={order}
            outcome={outcomes[order.id] ?? (open.has(order.id) ? undefined : { why: words.noLonger })}
            isChosen={!left.has(order.id)}
            onChoose={(isChosen) =>
              setLeft((before) => {
                const after = new Set(before);
                if (isChosen) after.delete(order.id);
                else after.add(order.id);
                return after;
              })
            }
          />
        ))}
      </ul>
      <Button kind="quiet" icon={ScanLine} onClick={() => setHere(undefined)}>
        {words.again}
      </Button>
    </Framed>
  );
}

/** What a label is that none of one's orders is for. */
async function whatElse(code: string): Promise<string> {
  const words = t().pharmacy.delivery;
  try {
    const { name, ward } = await answer(
      api.GET('/dispensers/by-code/{code}', { params: { path: { code } } }),
    );
    return words.noneFor(t().orders.for(name, ward));
  } catch (error) {
    const { status } = asFailure(error);
    return status === 404 ? words.unknown : status === 422 ? words.notALabel : inWords(error);
  }
}
