import { signal } from '@preact/signals';
import { expect, test, vi } from 'vitest';
import type { Order } from '../api/types';
import { openBook } from './order-book';

let begin: () => void = () => undefined;

vi.mock('./stream', () => ({
  watch: (_which: unknown, told: { onBegin: () => void }) => {
    begin = told.onBegin;
    return { link: signal('live'), freshAt: signal(undefined), stop: () => undefined };
  },
}));

test('an order that came between a list and the beginning of the stream is not missed', async () => {
  const lists: ((orders: Order[]) => void)[] = [];
  const book = openBook({
    read: () => new Promise((resolve) => lists.push(resolve)),
    wants: () => true,
  });
  const order = { id: 'a', version: 1 } as Order;
  // The stream begins, after the order, while a list from before it is still on its way.
  begin();
  lists[0]?.([]);
  await vi.waitFor(() => expect(lists).toHaveLength(2));
  lists[1]?.([order]);
  await vi.waitFor(() => expect([...book.orders.value.keys()]).toEqual(['a']));
  book.close();
});
