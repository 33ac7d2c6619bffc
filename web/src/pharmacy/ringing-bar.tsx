/** An Emergência that nobody has taken, over everything else, until it is silenced by one tap. */
import { BellOff } from 'lucide-preact';
import { t } from '../language';
import { nameOf } from '../orders/order-card';
import { Button } from '../parts/button';
import { PriorityShape } from '../parts/priority';
import { ringing, silence } from '../sounds';
import { usePharmacyBook } from './pharmacy-book';
import './ringing-bar.css';

export function RingingBar() {
  const words = t().pharmacy.alert;
  const book = usePharmacyBook();
  const orders = [...ringing.value].flatMap((id) => book.orders.value.get(id) ?? []);
  const [first] = orders;
  return (
    <div role="alert">
      {first && (
        <div class="ringing">
          <PriorityShape priority="stat" />
          <p>
            <strong>{words.ringing(first.dispenser.ward ?? nameOf(first))}</strong>{' '}
            {orders.length > 1 && words.more(orders.length - 1)}
          </p>
          <Button icon={BellOff} aria-keyshortcuts="S" onClick={() => silence()}>
            {words.silence}
          </Button>
        </div>
      )}
    </div>
  );
}
