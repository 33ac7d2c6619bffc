/** All orders there ever were, narrowed by what stands in the address. */
import { ClipboardList } from 'lucide-preact';
import { api, answer } from '../api/client';
import type { Order } from '../api/types';
import { t } from '../language';
import { dateTime } from '../language/format';
import { nameOf, OrderLines } from '../orders/order-card';
import { isUnanswered } from '../orders/unanswered';
import { Button } from '../parts/button';
import { PriorityMark } from '../parts/priority';
import { Screen } from '../parts/screen';
import { Empty, Loading, Trouble } from '../parts/states';
import { StatusTag } from '../parts/status-tag';
import { Table, type Column } from '../parts/table';
import { usePages } from '../parts/use-pages';
import { places } from '../places';
import { OrderFilters, queryOf, useOrderFilters } from './order-filters';
import './orders.css';

/** So many lines of an order are shown here. */
const SHOWN = 2;

export function Orders() {
  const words = t().management.orders;
  const filters = useOrderFilters();
  const key = JSON.stringify(filters.values);
  const pages = usePages(`orders ${key}`, (cursor) => {
    const query = { ...queryOf(filters), limit: 50, ...(cursor && { cursor }) };
    return answer(api.GET('/orders', { params: { query } }));
  });
  const { items, failure, isLoading, hasMore, more } = pages;
  const columns: Column<Order>[] = [
    {
      head: words.dispenser,
      cell: (order) => (
        <span class="orders-place">
          {nameOf(order)}
          <span class="soft">{order.dispenser.ward}</span>
        </span>
      ),
    },
    { head: t().general.priorityLabel, cell: ({ priority }) => <PriorityMark priority={priority} /> },
    {
      head: t().orders.lines,
      isLong: true,
      cell: (order) => <OrderLines order={order} shown={SHOWN} />,
    },
    {
      head: words.status,
      cell: (order) => (
        <span class="orders-status">
          <StatusTag status={order.status} />
          {isUnanswered(order) && <span class="order-flag">{t().orders.unanswered}</span>}
          {order.partially_delivered && <span class="order-flag">{t().orders.partly}</span>}
          {order.accepted_by && <span class="soft">{t().orders.with(order.accepted_by.name)}</span>}
        </span>
      ),
    },
    {
      head: words.requested,
      cell: ({ requested_at, requested_by }) => (
        <>
          <span class="orders-time">{dateTime(requested_at)}</span>
          <br />
          <span class="soft">{requested_by.name}</span>
        </>
      ),
    },
  ];
  return (
    <Screen title={words.title} isWide>
      <OrderFilters filters={filters} />
      {items && items.length > 0 && (
        <Table
          class="orders-table"
          label={words.title}
          columns={columns}
          rows={items}
          keyOf={({ id }) => id}
          hrefOf={({ id }) => places.order(id)}
        />
      )}
      {items?.length === 0 && (
        <Empty icon={ClipboardList}>{filters.count > 0 ? words.noneFound : words.none}</Empty>
      )}
      {failure && <Trouble error={failure} again={() => void more()} />}
      {!items && isLoading && <Loading rows={8} />}
      {hasMore && !failure && (
        <Button isWide isBusy={isLoading} onClick={() => void more()}>
          {t().general.more}
        </Button>
      )}
    </Screen>
  );
}
