/** An order that one has in hand: what of it is handed over, and how it goes on. */
import { CircleX, PackageCheck, PackageMinus, ScanLine, Truck, Undo2 } from 'lucide-preact';
import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { asFailure } from '../api/failure';
import type { OrderWithEvents, ReasonGiven } from '../api/types';
import { t } from '../language';
import { AskCancel } from '../orders/ask-cancel';
import { AskReason } from '../orders/ask-reason';
import { nameOf, wardOf } from '../orders/order-card';
import { OrderDetails } from '../orders/order-details';
import { Button } from '../parts/button';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import type { Frame } from './frame';
import { HandOverLine } from './hand-over-line';
import { back } from './order';
import { usePharmacyBook } from './pharmacy-book';
import { ScanPack } from './scan-pack';
import { ServerButton } from './server-button';
import { cancel, deliver, dispatch, release, sayWhyNot, type Delivery } from './steps';
import { useHandOver } from './use-hand-over';
import './hand-over.css';

interface Props {
  order: OrderWithEvents;
  frame: Frame;
  /** Is told how the order stands after a step. */
  took: (order: OrderWithEvents) => void;
  /** Has it read anew. */
  again: () => void;
}

/** What has to be said before: why it ends short, or why a lot is handed over that has expired. */
type Asking = { for: 'short' | 'cancel' } | { for: 'expired'; final: ReasonGiven | undefined };

export function HandOverOrder({ order, frame: Framed, took, again }: Props) {
  const words = t().pharmacy.order;
  const { route } = useLocation();
  const book = usePharmacyBook();
  const handOver = useHandOver(order);
  const [asking, setAsking] = useState<Asking>();
  const [isScanning, setIsScanning] = useState(false);
  const { total, due } = handOver;
  const isAll = total === due;

  const isRefused = (error: unknown) => {
    again();
    return sayWhyNot(error);
  };
  const leave = useAction(async () => {
    took(await dispatch(book, order));
    say(words.dispatched);
  }, isRefused);
  const giveBack = useAction(async () => {
    took(await release(book, order));
    say(words.released);
  }, isRefused);

  async function handOverNow(final?: ReasonGiven, expired?: ReasonGiven) {
    const body: Delivery = {
      lines: handOver.lines,
      ...(final && { final }),
      ...(expired && { expired }),
    };
    const after = await deliver(book, order, body);
    handOver.forget();
    took(after);
    const left = after.lines.reduce((sum, { remaining }) => sum + remaining, 0);
    say(final ? words.closedShort : left > 0 ? words.deliveredPart(left) : words.delivered);
  }

  const give = useAction(
    async () => {
      if (handOver.hasExpired) setAsking({ for: 'expired', final: undefined });
      else await handOverNow();
    },
    (error) => {
      // The server knows of more lots that have expired.
      if (asFailure(error).code !== 'lot_expired') return isRefused(error);
      setAsking({ for: 'expired', final: undefined });
      return true;
    },
  );

  const giveButton = (kind: 'main' | 'plain') => (
    <ServerButton
      kind={kind}
      icon={PackageCheck}
      isWide
      isBusy={give.isBusy}
      disabled={total === 0}
      aria-keyshortcuts="E"
      onClick={() => void give.run()}
    >
      {isAll || total === 0 ? words.deliver : words.deliverPart(total, due)}
    </ServerButton>
  );

  return (
    <Framed
      title={nameOf(order)}
      under={wardOf(order)}
      onBack={() => back(route)}
      bar={
        <div class="bar-buttons">
          {order.status === 'accepted' && (
            <ServerButton
              kind="main"
              icon={Truck}
              isWide
              isBusy={leave.isBusy}
              aria-keyshortcuts="D"
              onClick={() => void leave.run()}
            >
              {words.dispatch}
            </ServerButton>
          )}
          <div class="bar-row">
            {giveButton(order.status === 'accepted' ? 'plain' : 'main')}
            {!isAll && (
              <ServerButton kind="danger" icon={PackageMinus} onClick={() => setAsking({ for: 'short' })}>
                {words.deliverShort}
              </ServerButton>
            )}
          </div>
        </div>
      }
    >
      <OrderDetails
        order={order}
        lines={
          <section class="section">
            <div class="row row-apart">
              <h2>{t().pharmacy.handOver.title}</h2>
              <Button icon={ScanLine} onClick={() => setIsScanning(true)}>
                {t().pharmacy.handOver.scan}
              </Button>
            </div>
            <ul class="hand-over">
              {order.lines.map((line) => (
                <HandOverLine key={line.id} line={line} handOver={handOver} />
              ))}
            </ul>
            <div class="row">
              {order.status === 'accepted' && (
                <ServerButton icon={Undo2} isBusy={giveBack.isBusy} onClick={() => void giveBack.run()}>
                  {words.release}
                </ServerButton>
              )}
              <ServerButton kind="danger" icon={CircleX} onClick={() => setAsking({ for: 'cancel' })}>
                {t().orders.cancel}
              </ServerButton>
            </div>
          </section>
        }
      />
      {isScanning && <ScanPack order={order} handOver={handOver} onClose={() => setIsScanning(false)} />}
      {asking?.for === 'short' && (
        <AskReason
          title={words.shortWhy(due - total)}
          list="short"
          does={words.deliverShort}
          onClose={() => setAsking((now) => (now?.for === 'short' ? undefined : now))}
          onGiven={async (final) => {
            const askExpired = () => setAsking({ for: 'expired', final });
            if (handOver.hasExpired) {
              askExpired();
              return;
            }
            await handOverNow(final).catch((error: unknown) => {
              if (asFailure(error).code !== 'lot_expired') throw error;
              askExpired();
            });
          }}
          onTrouble={isRefused}
        />
      )}
      {asking?.for === 'expired' && (
        <AskReason
          title={words.expiredWhy}
          list="expired"
          does={words.expiredDoes}
          onClose={() => setAsking(undefined)}
          onGiven={(reason) => handOverNow(asking.final, reason)}
          onTrouble={isRefused}
        />
      )}
      {asking?.for === 'cancel' && (
        <AskCancel
          onClose={() => setAsking(undefined)}
          onGiven={async (reason) => took(await cancel(book, order, reason))}
          onTrouble={isRefused}
        />
      )}
    </Framed>
  );
}
