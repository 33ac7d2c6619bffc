import { List, ScanLine } from 'lucide-preact';
import { useLocation } from 'preact-iso';
import { useEffect } from 'preact/hooks';
import { readDispensers, recentDispensers } from '../dispensers/dispensers';
import { t } from '../language';
import { OrderCard } from '../orders/order-card';
import { WaitingCard } from '../orders/waiting-card';
import { ButtonLink } from '../parts/button';
import { Screen } from '../parts/screen';
import { useAnswer } from '../parts/use-answer';
import { places } from '../places';
import { isOpen, ordersOf, useMyBook, waitingBeside } from './my-book';
import { openByCode } from './open-by-code';
import './start.css';

/** So many open orders are shown here; all of them are under *Meus pedidos*. */
const SHOWN = 3;

export function Start() {
  const words = t().nursing.start;
  const book = useMyBook();
  const { query, route } = useLocation();
  const dispensers = useAnswer('dispensers', readDispensers, { isKept: true });
  const code = query['d'];
  useEffect(() => {
    // A label was read by the phone's own camera.
    if (code) void openByCode(code, (path) => route(path, true));
  }, [code, route]);

  const recent = recentDispensers().flatMap(
    (id) => dispensers.data?.find((dispenser) => dispenser.id === id) ?? [],
  );
  const waiting = waitingBeside(book);
  const open = ordersOf(book).filter(isOpen);
  return (
    <Screen title={words.title}>
      <a class="scan-button" href={places.scanner}>
        <ScanLine aria-hidden="true" size={44} strokeWidth={1.75} />
        <span>
          <strong>{words.scan}</strong>
          <span>{words.scanHint}</span>
        </span>
      </a>
      {recent.length > 0 && (
        <section class="section">
          <h2>{words.recent}</h2>
          <ul class="recent">
            {recent.map(({ id, name, ward }) => (
              <li key={id}>
                <a class="card recent-dispenser" href={places.dispenser(id)}>
                  <strong>{name}</strong>
                  <span class="soft">{ward}</span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      <ButtonLink icon={List} href={places.dispensers} isWide>
        {words.fromList}
      </ButtonLink>
      {(waiting.length > 0 || open.length > 0) && (
        <section class="section">
          <h2>{words.open}</h2>
          <ul class="cards">
            {waiting.map((entry) => (
              <WaitingCard key={entry.id} entry={entry} />
            ))}
            {open.slice(0, SHOWN).map((order) => (
              <OrderCard key={order.id} order={order} href={places.order(order.id)} />
            ))}
          </ul>
          {open.length > SHOWN && (
            <ButtonLink kind="quiet" href={places.myOrders}>
              {words.all}
            </ButtonLink>
          )}
        </section>
      )}
    </Screen>
  );
}
