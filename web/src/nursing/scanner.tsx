import { ArrowRight, List } from 'lucide-preact';
import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { codeOfLabel, plainCode } from '../dispensers/label-code';
import { t } from '../language';
import { Button, ButtonLink } from '../parts/button';
import { TextField } from '../parts/field';
import { Screen } from '../parts/screen';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { places } from '../places';
import { Camera } from '../scanner/camera';
import { openByCode } from './open-by-code';

export function Scanner() {
  const words = t().nursing.scanner;
  const { route } = useLocation();
  const [typed, setTyped] = useState('');
  const go = useAction(async (code: string) => {
    await openByCode(code, (path) => route(path, true));
  });
  return (
    <Screen title={words.title} onBack={() => route(places.start)}>
      <Camera
        formats={['QRCode']}
        onCode={(text) => {
          const code = codeOfLabel(text);
          if (code) void go.run(code);
          else say(words.notALabel, { isBad: true });
        }}
      />
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void go.run(typed);
        }}
      >
        <div class="grow">
          <TextField
            label={words.code}
            hint={words.codeHint}
            value={typed}
            onValue={(text) => {
              setTyped(text);
              // All of it is there: nothing more to press.
              if (plainCode(text).length === 8) void go.run(text);
            }}
            autocomplete="off"
            autoCapitalize="characters"
            spellcheck={false}
            maxLength={12}
          />
        </div>
        <Button type="submit" icon={ArrowRight} isBusy={go.isBusy} disabled={plainCode(typed).length !== 8}>
          {t().general.confirm}
        </Button>
      </form>
      <ButtonLink icon={List} href={places.dispensers} isWide>
        {t().nursing.start.fromList}
      </ButtonLink>
    </Screen>
  );
}
