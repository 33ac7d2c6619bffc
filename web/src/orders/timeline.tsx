/** What happened to an order, when, and by whom. */
import type { OrderEvent } from '../api/types';
import { t } from '../language';
import { timeOfDay } from '../language/format';
import { reasonLabel } from './reasons';
import './timeline.css';

export function Timeline({ events }: { events: OrderEvent[] }) {
  return (
    <ol class="timeline">
      {events.map(({ seq, kind, at, by, data }) => {
        const why = reasonOf(data);
        return (
          <li key={seq} class={`timeline-event is-${kind}`}>
            <div class="timeline-what">
              <strong>{t().orders.events[kind]}</strong>
              <time dateTime={at}>{timeOfDay(at)}</time>
            </div>
            <p class="soft">
              {by.name}
              {why && <> · {why}</>}
            </p>
          </li>
        );
      })}
    </ol>
  );
}

function reasonOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { reason, note } = data as { reason?: unknown; note?: unknown };
  const words = [
    typeof reason === 'string' ? reasonLabel(reason) : undefined,
    typeof note === 'string' ? note : undefined,
  ];
  return words.filter((word) => word !== undefined).join(': ') || undefined;
}
