import { CircleEqual, CirclePlus, CircleX, Copy, PencilLine, type LucideIcon } from 'lucide-preact';
import type { Import, ImportVerdict } from '../api/imports';
import { t } from '../language';
import { number } from '../language/format';

export const verdicts: ImportVerdict[] = ['new', 'changed', 'same', 'duplicate', 'rejected'];

const icons: Record<ImportVerdict, LucideIcon> = {
  new: CirclePlus,
  changed: PencilLine,
  same: CircleEqual,
  duplicate: Copy,
  rejected: CircleX,
};

/** How many rows do what. */
export function ImportCounts({ done }: { done: Import }) {
  const words = t().administration.imports;
  return (
    <ul class="import-counts">
      {verdicts.map((verdict) => {
        const Icon = icons[verdict];
        const count = done.counts?.[verdict] ?? 0;
        const look = verdict === 'rejected' && count > 0 ? 'is-bad' : count === 0 ? 'is-none' : '';
        return (
          <li key={verdict} class={look}>
            <span class="import-count">
              <Icon aria-hidden="true" size={22} />
              {number(count)}
            </span>
            <strong>{words.verdicts[verdict]}</strong>
            <span class="soft">{words.verdictMeaning[verdict]}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** How many rows would change the catalogue. */
export function toWrite({ counts }: Import): number {
  return (counts?.new ?? 0) + (counts?.changed ?? 0);
}
