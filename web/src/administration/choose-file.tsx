import { FileUp } from 'lucide-preact';
import { useRef, useState } from 'preact/hooks';
import { t } from '../language';
import { Button } from '../parts/button';
import './imports.css';

interface Props {
  /** One is being sent. */
  isBusy: boolean;
  onFile: (file: File) => void;
}

/** A catalogue file, dropped on the place or chosen. */
export function ChooseFile({ isBusy, onFile }: Props) {
  const words = t().administration.imports;
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  return (
    <div
      class={isOver ? 'drop is-over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        const file = event.dataTransfer?.files[0];
        if (file && !isBusy) onFile(file);
      }}
    >
      <FileUp aria-hidden="true" size={40} strokeWidth={1.5} />
      <p class="drop-words">{words.drop}</p>
      <Button kind="main" isBusy={isBusy} onClick={() => input.current?.click()}>
        {isBusy ? words.sending : words.choose}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept=".csv,.txt,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        aria-label={words.choose}
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file) onFile(file);
          // So that the same file can be chosen once more, after it was mended.
          currentTarget.value = '';
        }}
      />
      <p class="soft">{words.kinds}</p>
    </div>
  );
}
