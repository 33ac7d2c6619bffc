import { Radio, RefreshCw, TriangleAlert } from 'lucide-preact';
import { now } from '../clock';
import { hospital } from '../hospital';
import { t } from '../language';
import { clockTime, duration } from '../language/format';
import type { Freshness } from './use-freshness';

export function BoardHead({ freshness }: { freshness: Freshness }) {
  const words = t().board;
  const { freshAt, isStale, isLive } = freshness;
  return (
    <header class="board-head">
      <h1>{t().general.botica}</h1>
      <p class={isStale ? 'board-fresh is-stale' : 'board-fresh'}>
        {isLive ? <Radio aria-hidden="true" /> : <RefreshCw aria-hidden="true" />}
        {freshAt === undefined
          ? words.connecting
          : isLive
            ? words.updated(Math.max(0, Math.floor((now.value - freshAt) / 1000)))
            : words.reconnecting}
      </p>
      <p class="board-clock">{clockTime(now.value)}</p>
    </header>
  );
}

/** What is on the wall may not be true any more: that has to be seen from the door. */
export function StaleBanner({ freshness }: { freshness: Freshness }) {
  const words = t().board;
  const { freshAt, isStale } = freshness;
  const phone = hospital.value.pharmacy_phone;
  if (!isStale) return null;
  return (
    <div class="board-banner" role="alert">
      <TriangleAlert aria-hidden="true" />
      <p>
        <strong aria-live="off">
          {freshAt === undefined ? words.unreachable : words.stopped(duration(now.value - freshAt))}
        </strong>
        {' — '}
        {words.byPhone}
        {phone && <span class="board-phone">{words.phone(phone)}</span>}
      </p>
    </div>
  );
}
