/** What is happening now; each number opens the orders behind it. */
import { BellRing, CircleCheck } from 'lucide-preact';
import { now } from '../clock';
import { t } from '../language';
import { duration } from '../language/format';
import { OrderCard, nameOf } from '../orders/order-card';
import { isUnanswered } from '../orders/unanswered';
import { byUrgency } from '../orders/urgency';
import { LiveState } from '../parts/live-state';
import { PriorityMark, priorities } from '../parts/priority';
import { Screen } from '../parts/screen';
import { Empty, Loading, Trouble } from '../parts/states';
import { withFilters } from '../parts/use-filters';
import { places } from '../places';
import { OnDuty, OpenCalls, useOnDuty, useOpenCalls } from './beside-orders';
import { useOpenOrders } from './open-orders';
import { Tile } from './tile';
import './now.css';

const ordersWith = (filters: Record<string, string>) => withFilters(places.orders, filters);

export function Now() {
  const words = t().management.now;
  const book = useOpenOrders();
  const onDuty = useOnDuty();
  const calls = useOpenCalls();
  const orders = [...book.orders.value.values()].sort(byUrgency);
  const waiting = orders.filter(({ status }) => status === 'requested');
  const unanswered = waiting.filter(isUnanswered);
  const [oldest] = [...waiting].sort((a, b) => a.requested_at.localeCompare(b.requested_at));
  const count = (status: string) => orders.filter((order) => order.status === status).length;
  const failure = book.failure.value;
  return (
    <Screen title={words.title} isWide beside={<LiveState {...book} />}>
      {failure && <Trouble error={failure} again={book.reread} />}
      {!book.isRead.value && !failure && <Loading />}
      {book.isRead.value && (
        <div class="tiles">
          <Tile
            title={words.unanswered}
            value={unanswered.length}
            href={ordersWith({ estado: 'unanswered' })}
            icon={BellRing}
            isAlarming={unanswered.length > 0}
          />
          <Tile
            title={words.oldest}
            under={oldest ? nameOf(oldest) : undefined}
            value={oldest ? duration(now.value - Date.parse(oldest.requested_at)) : '—'}
            href={oldest ? places.order(oldest.id) : ordersWith({ estado: 'requested' })}
          />
          <div class="card tile tile-waiting">
            <a class="tile-title" href={ordersWith({ estado: 'requested' })}>
              {words.waiting}
            </a>
            <ul>
              {priorities.map((priority) => (
                <li key={priority}>
                  <a href={ordersWith({ estado: 'requested', prioridade: priority })}>
                    <PriorityMark priority={priority} />
                    <strong class="tile-value">
                      {waiting.filter((order) => order.priority === priority).length}
                    </strong>
                  </a>
                </li>
              ))}
            </ul>
          </div>
          <Tile title={words.inCare} value={count('accepted')} href={ordersWith({ estado: 'accepted' })} />
          <Tile
            title={words.onTheWay}
            value={count('in_transit')}
            href={ordersWith({ estado: 'in_transit' })}
          />
          <Tile title={words.onDutyShort} value={onDuty.data?.length ?? '—'} href="#de-plantao" />
          <Tile title={words.callsShort} value={calls.data?.length ?? '—'} href="#chamados" />
        </div>
      )}
      <div class="now-columns">
        <section class="section">
          <h2>{words.unanswered}</h2>
          {book.isRead.value && unanswered.length === 0 && (
            <Empty icon={CircleCheck}>{words.allAnswered}</Empty>
          )}
          <ul class="cards">
            {unanswered.map((order) => (
              <OrderCard
                key={order.id}
                order={{ ...order, unanswered: true }}
                href={places.order(order.id)}
                isStatusShown={false}
              />
            ))}
          </ul>
        </section>
        <div class="now-beside">
          <OnDuty people={onDuty} />
          <OpenCalls calls={calls} />
        </div>
      </div>
    </Screen>
  );
}
