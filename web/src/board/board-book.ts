/** What a wall screen shows: open orders, and those delivered within the last hour. */
import { boardApi, allPages, answer } from '../api/client';
import type { Order, Status } from '../api/types';
import { serverNow } from '../clock';
import { openBook, type OrderBook } from '../live/order-book';
import { byUrgency } from '../orders/urgency';
import { sinceOf, type Since } from './since';

const OPEN: Status[] = ['requested', 'accepted', 'in_transit'];
const ARRIVED: Status[] = ['delivered', 'received'];

const HOUR = 3_600_000;
/** Orders that took longer than this to arrive are not looked for among the delivered. */
const LONGEST = 12 * HOUR;

export function openBoardBook(onEnd: () => void): OrderBook {
  return openBook({
    which: { by: 'cookie' },
    onEnd,
    wants: ({ status }) => OPEN.includes(status) || ARRIVED.includes(status),
    read: async () => {
      const from = new Date(serverNow() - LONGEST).toISOString();
      const arrived = boardApi.GET('/orders', {
        params: { query: { status: ARRIVED, from, limit: 200 } },
      });
      const open = allPages((cursor) =>
        answer(
          boardApi.GET('/orders', {
            params: { query: { status: OPEN, limit: 200, ...(cursor && { cursor }) } },
          }),
        ),
      );
      return [...(await open), ...(await answer(arrived)).items];
    },
  });
}

export interface Shown {
  order: Order;
  since: Since;
}

interface Columns {
  waiting: Shown[];
  inCare: Shown[];
  onTheWay: Shown[];
  delivered: Shown[];
}

export function columnsOf(orders: Iterable<Order>, at: number): Columns {
  const columns: Columns = { waiting: [], inCare: [], onTheWay: [], delivered: [] };
  for (const order of [...orders].sort(byUrgency)) {
    const shown = { order, since: sinceOf(order) };
    if (order.status === 'requested') columns.waiting.push(shown);
    else if (order.status === 'accepted') columns.inCare.push(shown);
    else if (order.status === 'in_transit') columns.onTheWay.push(shown);
    else if (shown.since.at > at - HOUR) columns.delivered.push(shown);
  }
  columns.delivered.sort((a, b) => b.since.at - a.since.at);
  return columns;
}
