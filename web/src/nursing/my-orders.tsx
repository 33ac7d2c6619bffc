import { ClipboardList } from 'lucide-preact';
import { t } from '../language';
import { OrderCard } from '../orders/order-card';
import { WaitingCard } from '../orders/waiting-card';
import { Screen } from '../parts/screen';
import { Empty, Loading, Trouble } from '../parts/states';
import { places } from '../places';
import { isOpen, ordersOf, useMyBook, waitingBeside } from './my-book';

export function MyOrders() {
  const words = t().nursing.orders;
  const book = useMyBook();
  const waiting = waitingBeside(book);
  const beingUndone = new Set(waiting.map(({ id }) => id));
  const orders = ordersOf(book).filter(({ id }) => !beingUndone.has(id));
  const open = orders.filter(isOpen);
  const closed = orders.filter((order) => !isOpen(order));
  const failure = book.failure.value;
  const isEmpty = book.isRead.value && orders.length + waiting.length === 0;
  return (
    <Screen title={words.title}>
      {failure && !book.isRead.value && <Trouble error={failure} again={book.reread} />}
      {!book.isRead.value && !failure && waiting.length === 0 && <Loading />}
      {isEmpty && <Empty icon={ClipboardList}>{words.none}</Empty>}
      {waiting.length + open.length > 0 && (
        <section class="section">
          <h2>{words.open}</h2>
          <ul class="cards">
            {waiting.map((entry) => (
              <WaitingCard key={entry.id} entry={entry} />
            ))}
            {open.map((order) => (
              <OrderCard key={order.id} order={order} href={places.order(order.id)} />
            ))}
          </ul>
        </section>
      )}
      {closed.length > 0 && (
        <section class="section">
          <h2>{words.closed}</h2>
          <ul class="cards">
            {closed.map((order) => (
              <OrderCard key={order.id} order={order} href={places.order(order.id)} />
            ))}
          </ul>
        </section>
      )}
    </Screen>
  );
}
