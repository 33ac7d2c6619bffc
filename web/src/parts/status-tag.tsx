/** Where an order stands. */
import type { Status } from '../api/types';
import { t } from '../language';
import './status-tag.css';

/** What has not reached the server is grey: it is nobody's fault and nothing is lost. */
export type Standing = Status | 'unsent' | 'sending';

export function StatusTag({ status }: { status: Standing }) {
  const words =
    status === 'unsent'
      ? t().general.unsent
      : status === 'sending'
        ? t().general.sending
        : t().general.status[status];
  return <span class={`status status-${status}`}>{words}</span>;
}
