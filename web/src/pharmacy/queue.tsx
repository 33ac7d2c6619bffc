/** What waits, the soonest needed first. */
import { ArrowUp, Inbox, SearchX } from 'lucide-preact';
import { useRef, useState } from 'preact/hooks';
import type { Order } from '../api/types';
import { matches } from '../dispensers/dispensers';
import { t } from '../language';
import { nameOf, wardOf } from '../orders/order-card';
import { LiveState } from '../parts/live-state';
import { priorities, PriorityShape } from '../parts/priority';
import { Screen } from '../parts/screen';
import { SearchField } from '../parts/search-field';
import { Empty, Loading, Trouble } from '../parts/states';
import { DutyBar } from './duty-bar';
import type { Frame } from './frame';
import { usePharmacyBook } from './pharmacy-book';
import { QueueCard } from './queue-card';
import { useShownQueue, type Row } from './shown-queue';
import './queue.css';

export function QueueScreen() {
  return <Queue frame={Screen} />;
}

interface Props {
  frame: Frame;
  /** At a desk: which order the last column shows. */
  selected?: string | undefined;
  hasSearch?: boolean;
}

export function Queue({ frame: Framed, selected, hasSearch = false }: Props) {
  const words = t().pharmacy.queue;
  const book = usePharmacyBook();
  const list = useRef<HTMLDivElement>(null);
  const { rows, held, showHeld } = useShownQueue(book, list);
  const [search, setSearch] = useState('');
  const shown = search.trim() === '' ? rows : rows.filter(({ order }) => matches(search, textOf(order)));
  const failure = book.failure.value;
  const isRead = book.isRead.value;
  return (
    <Framed title={words.title} beside={<LiveState {...book} />}>
      <DutyBar />
      {hasSearch && (
        <div class="queue-search">
          <SearchField label={words.search} value={search} onValue={setSearch} />
        </div>
      )}
      {!isRead && failure && <Trouble error={failure} again={book.reread} />}
      {!isRead && !failure && <Loading rows={4} />}
      <div class="queue" ref={list}>
        <div class="queue-held" role="status">
          {held > 0 && (
            <button type="button" onClick={showHeld}>
              <ArrowUp aria-hidden="true" size={20} />
              {words.held(held)}
            </button>
          )}
        </div>
        {isRead && rows.length === 0 && held === 0 && <Empty icon={Inbox}>{words.empty}</Empty>}
        {rows.length > 0 && shown.length === 0 && <Empty icon={SearchX}>{words.noneFound}</Empty>}
        {priorities.map((priority) => {
          const group = shown.filter(({ order }) => order.priority === priority);
          if (group.length === 0) return null;
          return (
            <section key={priority} class={`queue-group is-${priority}`}>
              <h2 class={`priority priority-${priority}`}>
                <PriorityShape priority={priority} />
                {t().general.priority[priority]}
                <span class="queue-count">{waiting(group)}</span>
              </h2>
              <ul class="cards">
                {group.map((row) => (
                  <QueueCard key={row.order.id} row={row} isSelected={row.order.id === selected} />
                ))}
              </ul>
            </section>
          );
        })}
      </div>
    </Framed>
  );
}

const waiting = (rows: Row[]) => rows.filter(({ goneAt }) => goneAt === undefined).length;

/** What a search looks through. */
function textOf(order: Order): string {
  const names = order.lines.map(({ medication }) => medication.name ?? '');
  return [nameOf(order), wardOf(order), ...names, order.note ?? '', order.requested_by.name].join(' ');
}
