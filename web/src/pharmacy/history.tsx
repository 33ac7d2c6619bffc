/** What one did, newest first. */
import { History } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import type { Order } from '../api/types';
import { t } from '../language';
import { OrderCard } from '../orders/order-card';
import { Button } from '../parts/button';
import { Screen } from '../parts/screen';
import { Empty, Loading, Trouble } from '../parts/states';
import { useAction } from '../parts/use-action';
import { useAnswer } from '../parts/use-answer';
import { places } from '../places';
import { user } from '../session';

/** So many at once. */
const PAGE = 30;

interface Read {
  items: Order[];
  next: string | undefined;
}

export function HistoryScreen() {
  const words = t().pharmacy.history;
  const id = user.value?.id ?? '';
  const first = useAnswer(`history ${id}`, () => readPage(id), { isKept: true });
  const [rest, setRest] = useState<Read>();
  const next = rest ? rest.next : first.data?.next;
  const more = useAction(async () => {
    const page = await readPage(id, next);
    setRest((before) => ({ items: [...(before?.items ?? []), ...page.items], next: page.next }));
  });
  const orders = unique([...(first.data?.items ?? []), ...(rest?.items ?? [])]);
  return (
    <Screen title={words.title}>
      {first.failure && <Trouble error={first.failure} again={() => void first.again()} />}
      {!first.data && !first.failure && <Loading rows={5} />}
      {first.data && orders.length === 0 && <Empty icon={History}>{words.none}</Empty>}
      {orders.length > 0 && (
        <ul class="cards">
          {orders.map((order) => (
            <OrderCard key={order.id} order={order} href={places.order(order.id)} />
          ))}
        </ul>
      )}
      {next && (
        <Button isWide isBusy={more.isBusy} onClick={() => void more.run()}>
          {t().general.more}
        </Button>
      )}
    </Screen>
  );
}

async function readPage(id: string, cursor?: string): Promise<Read> {
  const query = { accepted_by: id, limit: PAGE, ...(cursor && { cursor }) };
  const { items, next_cursor } = await answer(api.GET('/orders', { params: { query } }));
  return { items, next: next_cursor ?? undefined };
}

/** The first part may have been read anew since, and have moved on. */
function unique(orders: Order[]): Order[] {
  return [...new Map(orders.map((order) => [order.id, order])).values()];
}
