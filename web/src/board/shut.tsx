import { MonitorOff } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { t } from '../language';
import { Button, ButtonLink } from '../parts/button';
import { TextField } from '../parts/field';
import { useAction } from '../parts/use-action';
import { places } from '../places';
import { tokenOf } from './access';

interface Props {
  isWrong: boolean;
  onToken: (token: string) => Promise<void>;
}

/** This browser may not look on: what to do about it. */
export function Shut({ isWrong, onToken }: Props) {
  const words = t().board.shut;
  const [text, setText] = useState('');
  const { isBusy, run } = useAction(async () => {
    const token = tokenOf(text);
    if (token) await onToken(token);
  });
  return (
    <main class="board board-shut">
      <MonitorOff aria-hidden="true" size={64} strokeWidth={1.5} />
      <h1>{words.title}</h1>
      <p>{words.ask}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <TextField
          label={words.token}
          error={isWrong ? words.wrong : undefined}
          value={text}
          onValue={setText}
          autocomplete="off"
          autoCapitalize="none"
          spellcheck={false}
          required
        />
        <Button kind="main" type="submit" isWide isBusy={isBusy}>
          {words.open}
        </Button>
      </form>
      <ButtonLink kind="quiet" href={places.start}>
        {words.start}
      </ButtonLink>
    </main>
  );
}
