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
  const { dialect, progress, is_dry_run } = running;
  const { done, of } = progress;
  const isWriting = of > 0;
  // What a file is, is known once it was read.
  const title = isWriting ? words.writing : dialect ? words.checking : words.reading;
  return (
    <section class="section">
      <h2>{title}</h2>
      <progress
        class="import-bar"
        aria-label={words.one}
        max={isWriting ? of : 1}
        value={isWriting ? done : undefined}
      />
      <p role="status">{isWriting ? words.progress(done, of) : words.wait}</p>
      <div class="row">
        <Button kind="danger" icon={CircleX} isBusy={isStopping} onClick={onStop}>
          {isStopping ? words.stopping : words.stop}
        </Button>
        {!is_dry_run && <p class="soft">{words.stopHint}</p>}
      </div>
    </section>
  );
}
