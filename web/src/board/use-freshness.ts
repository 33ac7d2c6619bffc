/** How old what is shown may be. */
import { useEffect, useState } from 'preact/hooks';
import { now } from '../clock';
import type { OrderBook } from '../live/order-book';

export interface Freshness {
  /** Up to when all that happened is shown, by the server's time; unknown before the first answer. */
  freshAt: number | undefined;
  isLive: boolean;
  isStale: boolean;
}

/** Three signs of life that did not come. */
const STALE = 10_000;

export function useFreshness({ freshAt, failure, isRead, link }: OrderBook): Freshness {
  const [openedAt] = useState(() => now.value);
  // The stream may be well while the list behind it can't be read.
  const [failedAt, setFailedAt] = useState<number>();
  const isFailing = failure.value !== undefined;
  useEffect(() => setFailedAt(isFailing ? now.value : undefined), [isFailing]);
  const known = isRead.value ? (failedAt ?? freshAt.value) : undefined;
  return {
    freshAt: known,
    isLive: link.value === 'live' && !isFailing && isRead.value,
    isStale: now.value - (known ?? openedAt) > STALE,
  };
}
