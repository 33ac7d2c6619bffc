/** One order, and what the pharmacy can do with it as it stands. */
import { useLocation, useRoute } from 'preact-iso';
import type { OrderWithEvents } from '../api/types';
import { t } from '../language';
import { nameOf, wardOf } from '../orders/order-card';
import { OrderDetails } from '../orders/order-details';
import { useOrder } from '../orders/use-order';
import { Screen } from '../parts/screen';
import { Loading, Trouble } from '../parts/states';
import { places } from '../places';
import type { Frame } from './frame';
import { HandOverOrder } from './hand-over';
import { OrderActions } from './order-actions';
import { isMine, usePharmacyBook } from './pharmacy-book';

export function OrderScreen() {
  const { params } = useRoute();
  const id = params['id'] ?? '';
  return <PharmacyOrder key={id} id={id} frame={Screen} />;
}

interface Props {
  id: string;
  frame: Frame;
}

export function PharmacyOrder({ id, frame: Framed }: Props) {
  const { route } = useLocation();
  const book = usePharmacyBook();
  const order = useOrder(id, book);
  const { data, failure } = order;
  const took = (next: OrderWithEvents) => order.put(next);
  if (data && isMine(data) && (data.status === 'accepted' || data.status === 'in_transit')) {
    return <HandOverOrder order={data} frame={Framed} took={took} again={() => void order.again()} />;
  }
  return (
    <Framed
      title={data ? nameOf(data) : t().orders.title}
      under={data && wardOf(data)}
      onBack={() => back(route)}
      bar={
        data &&
        (data.status === 'requested' || data.status === 'accepted' || data.status === 'in_transit') ? (
          <OrderActions order={data} took={took} again={() => void order.again()} />
        ) : undefined
      }
    >
      {!data && failure && <Trouble error={failure} again={() => void order.again()} />}
      {!data && !failure && <Loading />}
      {data && (
        <OrderDetails order={data}>
          {data.accepted_by && !isMine(data) && (
            <p class="notice">{t().pharmacy.order.heldBy(data.accepted_by.name)}</p>
          )}
        </OrderDetails>
      )}
    </Framed>
  );
}

/** To where one came from: the queue, one's own, or what one did. */
export function back(route: (path: string) => void) {
  if (history.length > 1) history.back();
  else route(places.queue);
}
