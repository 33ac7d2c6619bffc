import { CircleX, PackageCheck, PackageX, RotateCcw } from 'lucide-preact';
import { useLocation, useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, answer } from '../api/client';
import type { MedicationRef, OrderWithEvents } from '../api/types';
import { keepDraft } from '../drafts';
import { t } from '../language';
import { timeOfDay } from '../language/format';
import { AskCancel } from '../orders/ask-cancel';
import { nameOf, wardOf } from '../orders/order-card';
import { OrderDetails } from '../orders/order-details';
import { Stars } from '../orders/stars';
import { useOrder } from '../orders/use-order';
import { Button } from '../parts/button';
import { Screen } from '../parts/screen';
import { Loading, Trouble } from '../parts/states';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { places } from '../places';
import { user } from '../session';
import { useMyBook } from './my-book';

export function OrderScreen() {
  const { params } = useRoute();
  const { route } = useLocation();
  const id = params['id'] ?? '';
  const words = t().orders;
  const book = useMyBook();
  const order = useOrder(id, book);
  const [isCancelling, setIsCancelling] = useState(false);
  const path = { path: { id } };

  const took = (next: OrderWithEvents) => {
    order.put(next);
    book.take(next);
  };
  const receive = useAction(async () => {
    took(await answer(api.POST('/orders/{id}/receive', { params: path })));
    say(words.received);
  });
  const rate = useAction(async (rating: number) => {
    await answer(api.POST('/orders/{id}/feedback', { params: path, body: { rating } }));
    await order.again();
    say(words.rated);
  });
  const orderAgain = useAction(async (note?: string) => {
    const { data } = order;
    const userId = user.value?.id;
    if (!data || !userId) return;
    await keepDraft(userId, data.dispenser.id, {
      quantities: Object.fromEntries(data.lines.map(({ medication, quantity }) => [medication.id, quantity])),
      others: Object.fromEntries(
        data.lines.map(({ medication }): [string, MedicationRef] => [medication.id, medication]),
      ),
      ...(note && { note }),
    });
    route(places.dispenser(data.dispenser.id));
  });

  const { data, failure } = order;
  const isMine = data?.requested_by.id === user.value?.id;
  const mayCancel = data && isMine && ['requested', 'accepted', 'in_transit'].includes(data.status);
  const isOver = data && ['delivered', 'received', 'rejected', 'cancelled', 'refused'].includes(data.status);
  const mayRate = data && isMine && ['delivered', 'received'].includes(data.status) && !data.feedback;
  return (
    <Screen
      title={data ? nameOf(data) : words.title}
      under={data && wardOf(data)}
      onBack={() => route(places.myOrders)}
      bar={
        data?.status === 'delivered' && isMine ? (
          <div class="send-bar">
            <Button
              kind="main"
              icon={PackageCheck}
              isWide
              isBusy={receive.isBusy}
              onClick={() => void receive.run()}
            >
              {words.receive}
            </Button>
            <Button
              kind="danger"
              icon={PackageX}
              isWide
              isBusy={orderAgain.isBusy}
              onClick={() => void orderAgain.run(words.notArrivedNote(timeOfDay(data.requested_at)))}
            >
              {words.notArrived}
            </Button>
          </div>
        ) : undefined
      }
    >
      {!data && failure && <Trouble error={failure} again={() => void order.again()} />}
      {!data && !failure && <Loading />}
      {data && (
        <OrderDetails order={data}>
          {mayRate && (
            <section class="section">
              <h2>{words.rate}</h2>
              <Stars given={undefined} onRate={(stars) => void rate.run(stars)} />
            </section>
          )}
          {(isOver || mayCancel) && (
            <div class="row">
              {isOver && (
                <Button icon={RotateCcw} isBusy={orderAgain.isBusy} onClick={() => void orderAgain.run()}>
                  {words.again}
                </Button>
              )}
              {mayCancel && (
                <Button kind="danger" icon={CircleX} onClick={() => setIsCancelling(true)}>
                  {words.cancel}
                </Button>
              )}
            </div>
          )}
        </OrderDetails>
      )}
      {isCancelling && (
        <AskCancel
          onClose={() => setIsCancelling(false)}
          onGiven={async (reason) =>
            took(await answer(api.POST('/orders/{id}/cancel', { params: path, body: reason })))
          }
        />
      )}
    </Screen>
  );
}
