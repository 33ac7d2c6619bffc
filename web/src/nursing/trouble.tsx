import { Wrench } from 'lucide-preact';
import { useLocation, useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, answer } from '../api/client';
import { readDispensers } from '../dispensers/dispensers';
import { t } from '../language';
import { ago } from '../language/format';
import { reasonLabel, reasonsOf } from '../orders/reasons';
import { Button } from '../parts/button';
import { Chips } from '../parts/chips';
import { Switch, TextArea } from '../parts/field';
import { Screen } from '../parts/screen';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { useAnswer } from '../parts/use-answer';
import { places } from '../places';
import { newId } from '../uuid';

/** A dispenser does not work: what is wrong, by one tap. */
export function TroubleScreen() {
  const { params } = useRoute();
  const { route } = useLocation();
  const dispenserId = params['id'] ?? '';
  const words = t().nursing.trouble;
  const [id] = useState(newId);
  const [kind, setKind] = useState<string>();
  const [isPartlyUsable, setIsPartlyUsable] = useState(false);
  const [note, setNote] = useState('');
  const dispensers = useAnswer('dispensers', readDispensers, { isKept: true });
  const open = useAnswer(`service calls ${dispenserId}`, async () => {
    const query = { dispenser_id: dispenserId, is_open: true };
    return (await answer(api.GET('/service-calls', { params: { query } }))).items;
  });
  const send = useAction(async () => {
    if (kind === undefined) return;
    const body = {
      id,
      dispenser_id: dispenserId,
      kind,
      is_partly_usable: isPartlyUsable,
      note: note.trim() ? note.trim() : null,
    };
    await answer(api.POST('/service-calls', { body }));
    say(words.sent);
    route(places.dispenser(dispenserId));
  });
  const dispenser = dispensers.data?.find((dispenser) => dispenser.id === dispenserId);
  return (
    <Screen
      title={words.title}
      under={dispenser && t().orders.for(dispenser.name, dispenser.ward)}
      onBack={() => route(places.dispenser(dispenserId))}
      bar={
        <Button
          kind="main"
          icon={Wrench}
          isWide
          isBusy={send.isBusy}
          disabled={kind === undefined}
          onClick={() => void send.run()}
        >
          {words.send}
        </Button>
      }
    >
      {open.data && open.data.length > 0 && (
        <section class="section">
          <h2>{words.open}</h2>
          <ul class="cards">
            {open.data.map((call) => (
              <li key={call.id} class="card">
                <div class="card-head">
                  <strong>{reasonLabel(call.kind)}</strong>
                  <span class="soft small">{ago(call.opened_at)}</span>
                </div>
                {call.note && <p>{call.note}</p>}
              </li>
            ))}
          </ul>
        </section>
      )}
      <Chips
        label={words.what}
        chips={reasonsOf('service_call').map(({ code, label }) => ({ value: code, label }))}
        value={kind}
        onChange={setKind}
      />
      <Switch label={words.partly} checked={isPartlyUsable} onChange={setIsPartlyUsable} />
      <TextArea
        label={`${words.note} (${t().general.optional})`}
        maxLength={500}
        value={note}
        onValue={setNote}
      />
    </Screen>
  );
}
