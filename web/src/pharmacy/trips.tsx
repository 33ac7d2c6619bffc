/** What one has in hand, by the ways to walk: one button is the next step of each. */
import { ClipboardList, PackageCheck, Truck } from 'lucide-preact';
import type { Order } from '../api/types';
import { t } from '../language';
import { ago } from '../language/format';
import { OrderLines } from '../orders/order-card';
import { ButtonLink } from '../parts/button';
import { PriorityMark } from '../parts/priority';
import { Screen } from '../parts/screen';
import { Empty, Loading, Trouble } from '../parts/states';
import { StatusTag } from '../parts/status-tag';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { places } from '../places';
import type { Frame } from './frame';
import { mineIn, usePharmacyBook } from './pharmacy-book';
import { ServerButton } from './server-button';
import { dispatch, sayWhyNot, whyNot } from './steps';
import { stopsOf, tripsOf, type Stop, type Trip } from './trips-of';
import './trips.css';

export function TripsScreen() {
  return <Trips frame={Screen} />;
}

interface Props {
  frame: Frame;
  /** At a desk: which order the last column shows. */
  selected?: string | undefined;
}

export function Trips({ frame: Framed, selected }: Props) {
  const words = t().pharmacy.trips;
  const book = usePharmacyBook();
  const trips = tripsOf(mineIn(book));
  const failure = book.failure.value;
  const isRead = book.isRead.value;
  return (
    <Framed title={words.title}>
      {!isRead && failure && <Trouble error={failure} again={book.reread} />}
      {!isRead && !failure && <Loading />}
      {isRead && trips.length === 0 && (
        <Empty icon={ClipboardList}>
          <p>{words.empty}</p>
          {Framed === Screen && <ButtonLink href={places.queue}>{words.toQueue}</ButtonLink>}
        </Empty>
      )}
      {trips.map((trip) => (
        <TripCard key={trip.ward} trip={trip} selected={selected} />
      ))}
    </Framed>
  );
}

function TripCard({ trip, selected }: { trip: Trip; selected: string | undefined }) {
  const words = t().pharmacy.trips;
  const book = usePharmacyBook();
  const toLeave = trip.orders.filter(({ status }) => status === 'accepted');
  const leave = useAction(async () => {
    let done = 0;
    let why: string | undefined;
    // One after the other: what has left is shown as it leaves.
    for (const order of toLeave) {
      try {
        await dispatch(book, order);
        done += 1;
      } catch (error) {
        why = whyNot(error);
      }
    }
    if (why === undefined) say(words.dispatched(done));
    else if (toLeave.length === 1) say(why, { isBad: true, lasts: 8000 });
    else say(words.partly(done, toLeave.length, why), { isBad: true, lasts: 10_000 });
  }, sayWhyNot);
  return (
    <section class="card trip">
      <div class="card-head">
        <h2 class="card-title">{trip.ward}</h2>
        <span class="soft">{words.orders(trip.orders.length)}</span>
      </div>
      {stopsOf(trip).map((stop) => (
        <TripStop key={stop.id} stop={stop} selected={selected} isNext={toLeave.length === 0} />
      ))}
      {toLeave.length > 0 && (
        <ServerButton kind="main" icon={Truck} isWide isBusy={leave.isBusy} onClick={() => void leave.run()}>
          {words.dispatch(toLeave.length)}
        </ServerButton>
      )}
    </section>
  );
}

interface StopProps {
  stop: Stop;
  selected: string | undefined;
  /** Whether to hand over here is the next step of the trip. */
  isNext: boolean;
}

function TripStop({ stop, selected, isNext }: StopProps) {
  const words = t().pharmacy.trips;
  const onTheWay = stop.orders.filter(({ status }) => status === 'in_transit').length;
  return (
    <div class="trip-stop">
      <h3>{stop.name}</h3>
      <ul class="trip-orders">
        {stop.orders.map((order) => (
          <TripOrder key={order.id} order={order} isSelected={order.id === selected} />
        ))}
      </ul>
      {onTheWay > 0 && (
        <ButtonLink
          kind={isNext ? 'main' : 'plain'}
          icon={PackageCheck}
          isWide
          href={places.deliveryFor(stop.id)}
        >
          {words.deliver(onTheWay)}
        </ButtonLink>
      )}
    </div>
  );
}

function TripOrder({ order, isSelected }: { order: Order; isSelected: boolean }) {
  return (
    <li data-order={order.id}>
      <a
        class={`trip-order${isSelected ? ' is-selected' : ''}`}
        href={places.order(order.id)}
        aria-current={isSelected ? 'true' : undefined}
      >
        <span class="card-head">
          <PriorityMark priority={order.priority} />
          <span class="soft">{ago(order.requested_at)}</span>
        </span>
        <OrderLines order={order} />
        <span class="row">
          <StatusTag status={order.status} />
          {order.partially_delivered && <span class="order-flag">{t().orders.partly}</span>}
        </span>
      </a>
    </li>
  );
}
