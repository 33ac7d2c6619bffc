import { CircleX } from 'lucide-preact';
import type { Import } from '../api/imports';
import { t } from '../language';
import { Button } from '../parts/button';

interface Props {
  running: Import;
  isStopping: boolean;
  onStop: () => void;
}

/** How far an import is, in numbers and as a bar. */
export function ImportProgress({ running, isStopping, onStop }: Props) {
  const words = t().administration.imports;
  const { done, of } = running.progress;
  return (
    <section class="section">
      <h2>{running.is_dry_run ? words.checking : words.writing}</h2>
      <progress class="import-bar" aria-label={words.one} max={of || 1} value={of ? done : undefined} />
      <p role="status">{of ? words.progress(done, of) : words.progressUnknown}</p>
      <div class="row">
        <Button kind="danger" icon={CircleX} isBusy={isStopping} onClick={onStop}>
          {words.stop}
        </Button>
        <p class="soft">{words.stopHint}</p>
      </div>
    </section>
  );
}
