/** Whether what is shown is as it is now. */
import { now } from '../clock';
import { t } from '../language';
import { ago } from '../language/format';
import type { OrderBook } from '../live/order-book';
import './link-state.css';

/** Three signs of life that did not come, in milliseconds. */
const SILENCE = 10_000;

export function LinkState({ book }: { book: OrderBook }) {
  const { connection } = t().general;
  const link = book.link.value;
  const freshAt = book.freshAt.value;
  const isStale = freshAt !== undefined && now.value - freshAt > SILENCE;
  const state = isStale ? 'stale' : link;
  const words = freshAt !== undefined && isStale ? connection.stale(ago(freshAt)) : connection[link];
  return <p class={`link-state is-${state}`}>{words}</p>;
}
