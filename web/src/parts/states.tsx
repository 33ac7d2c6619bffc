/** What a screen shows while it has nothing to show. */
import type { LucideIcon } from 'lucide-preact';
import { RotateCw } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { inWords } from '../api/failure';
import { t } from '../language';
import { Button } from './button';
import './states.css';

export function Empty({ icon: Icon, children }: { icon: LucideIcon; children: ComponentChildren }) {
  return (
    <div class="state">
      <Icon aria-hidden="true" size={40} strokeWidth={1.5} />
      <div>{children}</div>
    </div>
  );
}

/** It did not work: what can be done about it. */
export function Trouble({ error, again }: { error: unknown; again?: () => void }) {
  return (
    <div class="trouble" role="alert">
      <p>{inWords(error)}</p>
      {again && (
        <Button icon={RotateCw} onClick={again}>
          {t().general.again}
        </Button>
      )}
    </div>
  );
}

/** Lines in the place of what is on its way, so that nothing jumps when it comes. */
export function Loading({ rows = 3 }: { rows?: number }) {
  return (
    <div class="loading" role="status">
      <span class="unseen">{t().general.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="loading-row" />
      ))}
    </div>
  );
}
