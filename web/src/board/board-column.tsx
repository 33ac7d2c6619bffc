import type { ComponentChildren } from 'preact';
import { BellRing, type LucideIcon } from 'lucide-preact';
import { t } from '../language';
import type { Shown } from './board-book';
import { BoardCard } from './board-card';
import { useFitting } from './use-fitting';

/** More than this fits no wall. */
const MOST = 60;

interface Props {
  title: string;
  icon: LucideIcon;
  orders: Shown[];
  /** How many, where it is not simply all of them. */
  count?: ComponentChildren;
  /** How many of them nobody has answered in time. */
  unanswered?: number;
  none: string;
}

export function BoardColumn({
  title,
  icon: Icon,
  orders,
  count = orders.length,
  unanswered = 0,
  none,
}: Props) {
  const { list, rest, shown } = useFitting();
  const hidden = orders.length - Math.min(shown, orders.length);
  return (
    <section class="board-column">
      <h2>
        <Icon aria-hidden="true" />
        <span class="board-column-title">{title}</span>
        {unanswered > 0 && (
          <span class="board-note">
            <BellRing aria-hidden="true" />
            {unanswered} <span class="board-note-word">{t().board.unansweredWord}</span>
          </span>
        )}
        <span class="board-count">{count}</span>
      </h2>
      <div class="board-fit">
        <ul ref={list} class="board-list">
          {orders.slice(0, MOST).map((order, at) => (
            <BoardCard key={order.order.id} {...order} isShown={at < shown} />
          ))}
        </ul>
        {orders.length === 0 && <p class="board-none">{none}</p>}
        <p ref={rest} class="board-rest" style={{ visibility: hidden > 0 ? 'visible' : 'hidden' }}>
          {t().board.more(hidden)}
        </p>
      </div>
    </section>
  );
}
