import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import type { Priority, Targets } from '../api/types';
import { locale, t } from '../language';
import { Button } from '../parts/button';
import '../parts/field.css';
import { priorities, PriorityMark } from '../parts/priority';
import { Loading, Trouble } from '../parts/states';
import { say } from '../parts/toasts';
import { useAnswer } from '../parts/use-answer';
import { useForm } from '../parts/use-form';
import { useUnsaved } from '../parts/use-unsaved';
import './settings.css';

/** Within what time orders of each priority should be taken: the server keeps seconds, people say minutes. */
export function TargetsForm() {
  const words = t().administration.settings;
  const { data, failure, again, put } = useAnswer('targets', () => answer(api.GET('/targets')));
  return (
    <section class="section">
      <h2>{words.targets}</h2>
      <p class="soft">{words.targetsHint}</p>
      {failure && <Trouble error={failure} again={() => void again()} />}
      {!data && !failure && <Loading rows={1} />}
      {data && <Fields key={JSON.stringify(data)} targets={data} onSaved={put} />}
    </section>
  );
}

function Fields({ targets, onSaved }: { targets: Targets; onSaved: (targets: Targets) => void }) {
  const words = t().administration.settings;
  const [minutes, setMinutes] = useState<Record<Priority, string>>({
    stat: inMinutes(targets.stat),
    urgent: inMinutes(targets.urgent),
    routine: inMinutes(targets.routine),
  });
  const isChanged = priorities.some((priority) => minutes[priority] !== inMinutes(targets[priority]));
  const unsaved = useUnsaved(isChanged);
  const body = {
    stat: inSeconds(minutes.stat),
    urgent: inSeconds(minutes.urgent),
    routine: inSeconds(minutes.routine),
  };
  const check = () => {
    const wrong = priorities.filter((priority) => Number.isNaN(body[priority]));
    return Object.fromEntries(wrong.map((priority) => [`/${priority}`, words.targetWrong]));
  };
  const form = useForm(async () => {
    onSaved(await answer(api.PUT('/targets', { body })));
    say(words.targetsSaved);
  }, check);
  return (
    <form class="targets" onSubmit={form.onSubmit}>
      {priorities.map((priority) => (
        <label key={priority} class="target">
          <PriorityMark priority={priority} />
          <span class="target-input">
            <input
              class="field-input"
              inputMode="decimal"
              required
              autocomplete="off"
              aria-invalid={form.errors[`/${priority}`] ? true : undefined}
              value={minutes[priority]}
              onInput={({ currentTarget }) => setMinutes({ ...minutes, [priority]: currentTarget.value })}
            />
            {words.minutes}
          </span>
          {form.errors[`/${priority}`] && (
            <span class="field-error" role="alert">
              {words.targetWrong}
            </span>
          )}
        </label>
      ))}
      <Button kind="main" type="submit" isBusy={form.isBusy} disabled={!isChanged}>
        {t().general.save}
      </Button>
      {unsaved.dialog}
    </form>
  );
}

function inMinutes(seconds: number): string {
  return (seconds / 60).toLocaleString(locale.value, { maximumFractionDigits: 2, useGrouping: false });
}

/** Not a number, where it is none that can be. */
function inSeconds(minutes: string): number {
  // What separates thousands: `1.440` is a day where a comma goes before tenths.
  const isGrouped = locale.value === 'pt-BR' ? /^\d{1,3}(\.\d{3})+(,\d+)?$/ : /^\d{1,3}(,\d{3})+(\.\d+)?$/;
  const typed = minutes.trim();
  const plain = isGrouped.test(typed) ? typed.replaceAll(locale.value === 'pt-BR' ? '.' : ',', '') : typed;
  const text = plain.replace(',', '.');
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * 60) : Number.NaN;
  return seconds >= 10 && seconds <= 604_800 ? seconds : Number.NaN;
}
