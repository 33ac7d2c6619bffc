import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import { asFailure } from '../api/failure';
import type { Reason, ReasonList } from '../api/types';
import { t } from '../language';
import { readReasons } from '../orders/reasons';
import { Chips } from '../parts/chips';
import { Loading, Trouble } from '../parts/states';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { useAnswer } from '../parts/use-answer';
import { NewReason } from './new-reason';
import { ReasonRow } from './reason-row';

const lists: ReasonList[] = ['reject', 'cancel', 'short', 'expired', 'service_call'];

/** What people may choose from when they reject, cancel and so on, list by list. */
export function Reasons() {
  const words = t().administration.settings;
  const [list, setList] = useState<ReasonList>('reject');
  const { data, failure, again } = useAnswer(
    'all reasons',
    async () => (await answer(api.GET('/reasons'))).items,
  );
  const reasons = (data ?? [])
    .filter((reason) => reason.list === list)
    .sort((a, b) => a.position - b.position || a.code.localeCompare(b.code));

  const set = async (changed: Reason[]) => {
    for (const { list, code, label, position, is_active } of changed) {
      const params = { path: { list, code } };
      await answer(api.PUT('/reasons/{list}/{code}', { params, body: { label, position, is_active } }));
    }
    await again();
    void readReasons();
    say(t().general.saved);
  };
  const { isBusy, run } = useAction(set, (error) => {
    void again();
    if (asFailure(error).code !== 'last_reason') return false;
    say(words.last, { isBad: true, lasts: 8000 });
    return true;
  });
  /** Numbers them anew from 1, so that equal positions are told apart, and sends those that changed. */
  const move = (at: number, by: number) => {
    const next = [...reasons];
    next.splice(at + by, 0, ...next.splice(at, 1));
    const numbered = next.map((reason, at) => ({ ...reason, position: at + 1 }));
    void run(
      numbered.filter(({ code, position }) =>
        reasons.some((reason) => reason.code === code && reason.position !== position),
      ),
    );
  };

  return (
    <section class="section">
      <h2>{words.reasons}</h2>
      <Chips
        label={words.list}
        value={list}
        chips={lists.map((value) => ({ value, label: words.lists[value] }))}
        onChange={setList}
      />
      <p class="soft">{words.listHint[list]}</p>
      {failure && <Trouble error={failure} again={() => void again()} />}
      {!data && !failure && <Loading rows={5} />}
      {data && (
        <>
          <ol class="reasons" aria-busy={isBusy}>
            {reasons.map((reason, at) => (
              <ReasonRow
                key={reason.code}
                reason={reason}
                onUp={at > 0 ? () => move(at, -1) : undefined}
                onDown={at < reasons.length - 1 ? () => move(at, 1) : undefined}
                onChange={(change) => run([{ ...reason, ...change }])}
              />
            ))}
          </ol>
          <NewReason
            key={list}
            taken={reasons.map(({ code }) => code)}
            onCreate={(code, label) =>
              set([{ list, code, label, position: (reasons.at(-1)?.position ?? 0) + 1, is_active: true }])
            }
          />
        </>
      )}
    </section>
  );
}
