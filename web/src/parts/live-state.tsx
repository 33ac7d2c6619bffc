/** Whether what is shown is what is: said in words, and calmly. */
import { CirclePause, Radio, RefreshCw } from 'lucide-preact';
import { now } from '../clock';
import { t } from '../language';
import { ago } from '../language/format';
import type { OrderBook } from '../live/order-book';
import './live-state.css';

/** Three signs of life that did not come. */
const STALE = 10_000;

export function LiveState({ link, freshAt }: Pick<OrderBook, 'link' | 'freshAt'>) {
  const words = t().general.connection;
  const at = freshAt.value;
  const isStale = at !== undefined && now.value - at > STALE;
  const Icon = isStale ? CirclePause : link.value === 'live' ? Radio : RefreshCw;
  return (
    <p class={isStale ? 'live-state is-stale' : 'live-state'}>
      <Icon aria-hidden="true" size={20} />
      {isStale ? words.stale(ago(at)) : words[link.value]}
    </p>
  );
}
