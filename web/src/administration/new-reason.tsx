import { Plus } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { FieldErrors } from '../api/field-errors';
import { folded } from '../dispensers/dispensers';
import { t } from '../language';
import { Button } from '../parts/button';
import { TextField } from '../parts/field';
import { say } from '../parts/toasts';
import { useForm } from '../parts/use-form';

interface Props {
  /** Codes that the list has. */
  taken: string[];
  onCreate: (code: string, label: string) => Promise<void>;
}

/** A reason more: its code is made of its text, and may be another. */
export function NewReason({ taken, onCreate }: Props) {
  const words = t().administration.settings;
  const [label, setLabel] = useState('');
  const [typed, setTyped] = useState<string>();
  const code = typed ?? codeOf(label);
  const check = (): FieldErrors => {
    if (!/^[a-z][a-z0-9_]{0,39}$/.test(code)) return { '/code': words.codeWrong };
    // The server would take it for a change of the other one.
    return taken.includes(code) ? { '/code': words.codeTaken } : {};
  };
  const form = useForm(async () => {
    await onCreate(code, label);
    setLabel('');
    setTyped(undefined);
    say(words.added);
  }, check);
  return (
    <section class="section">
      <h3>{words.add}</h3>
      <form class="field-beside" onSubmit={form.onSubmit}>
        <TextField
          label={words.label}
          required
          maxLength={200}
          value={label}
          error={form.errors['/label']}
          onValue={setLabel}
        />
        <TextField
          label={words.code}
          hint={words.codeHint}
          required
          maxLength={40}
          autoCapitalize="none"
          spellcheck={false}
          value={code}
          error={form.errors['/code']}
          onValue={setTyped}
        />
        <Button icon={Plus} type="submit" class="field-button" isBusy={form.isBusy}>
          {t().general.add}
        </Button>
      </form>
    </section>
  );
}

function codeOf(label: string): string {
  return folded(label)
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 40);
}
