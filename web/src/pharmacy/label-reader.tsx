/** Reads a dispenser's label: by the camera, or typed. */
import { ArrowRight } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { codeOfLabel } from '../dispensers/label-code';
import { t } from '../language';
import { Button } from '../parts/button';
import { TextField } from '../parts/field';
import { Camera } from '../scanner/camera';

interface Props {
  isBusy: boolean;
  onCode: (text: string) => void;
}

export function LabelReader({ isBusy, onCode }: Props) {
  const words = t().pharmacy.delivery;
  const [typed, setTyped] = useState('');
  return (
    <>
      <Camera
        formats={['QRCode']}
        words={{ aim: words.scan, noCamera: words.noCamera, denied: words.denied }}
        onCode={onCode}
      />
      <form
        class="row delivery-typed"
        onSubmit={(event) => {
          event.preventDefault();
          onCode(typed);
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
              if (codeOfLabel(text) !== undefined) onCode(text);
            }}
            autocomplete="off"
            autoCapitalize="characters"
            spellcheck={false}
            maxLength={200}
          />
        </div>
        <Button type="submit" icon={ArrowRight} isBusy={isBusy} disabled={codeOfLabel(typed) === undefined}>
          {t().general.confirm}
        </Button>
      </form>
    </>
  );
}
