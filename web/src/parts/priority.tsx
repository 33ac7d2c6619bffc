/** How soon an order is needed: a shape and a word, and a colour for who sees colours. */
import type { Priority } from '../api/types';
import { t } from '../language';
import './priority.css';

export const priorities: Priority[] = ['stat', 'urgent', 'routine'];

export function PriorityMark({ priority }: { priority: Priority }) {
  return (
    <span class={`priority priority-${priority}`}>
      <PriorityShape priority={priority} />
      {t().general.priority[priority]}
    </span>
  );
}

/** ▲ ◆ ●, drawn, so that no font makes emoji of them. */
export function PriorityShape({ priority }: { priority: Priority }) {
  return (
    <svg class={`priority-shape priority-${priority}`} viewBox="0 0 16 16" aria-hidden="true">
      {priority === 'stat' && <path d="M8 1.5 15.5 15H.5z" />}
      {priority === 'urgent' && <path d="M8 .5 15.5 8 8 15.5.5 8z" />}
      {priority === 'routine' && <circle cx="8" cy="8" r="6.5" />}
    </svg>
  );
}

interface ChoiceProps {
  value: Priority;
  onChange: (priority: Priority) => void;
}

/** Rotina is chosen until somebody says otherwise; nothing is folded away. */
export function PriorityChoice({ value, onChange }: ChoiceProps) {
  return (
    <div class="priority-choice" role="radiogroup" aria-label={t().general.priorityLabel}>
      {[...priorities].reverse().map((priority) => (
        <label key={priority} class={`priority-option priority-${priority}`}>
          <input
            type="radio"
            name="priority"
            value={priority}
            checked={value === priority}
            onChange={() => onChange(priority)}
          />
          <PriorityShape priority={priority} />
          <span>{t().general.priority[priority]}</span>
        </label>
      ))}
    </div>
  );
}
