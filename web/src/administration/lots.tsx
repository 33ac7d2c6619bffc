import { Plus } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import type { Lot } from '../api/types';
import { now } from '../clock';
import { hospital } from '../hospital';
import { t } from '../language';
import { plainDate } from '../language/format';
import { Button } from '../parts/button';
import { TextField } from '../parts/field';
import { Loading, Trouble } from '../parts/states';
import { say } from '../parts/toasts';
import { useAnswer } from '../parts/use-answer';
import { useForm } from '../parts/use-form';
import { Standing } from './standing';

/** A medication's lots, the first to expire in front. */
export function Lots({ medicationId }: { medicationId: string }) {
  const words = t().administration.medication;
  const params = { path: { id: medicationId } };
  const [number, setNumber] = useState('');
  const [expiresOn, setExpiresOn] = useState('');
  const { data, failure, again } = useAnswer(
    `lots ${medicationId}`,
    async () => (await answer(api.GET('/medications/{id}/lots', { params }))).items,
  );
  const form = useForm(async () => {
    const body = { number, expires_on: expiresOn === '' ? null : expiresOn };
    await answer(api.POST('/medications/{id}/lots', { params, body }));
    setNumber('');
    setExpiresOn('');
    say(words.lotAdded);
    await again();
  });
  return (
    <section class="section">
      <h2>{words.lots}</h2>
      {failure && <Trouble error={failure} again={() => void again()} />}
      {!data && !failure && <Loading rows={2} />}
      {data?.length === 0 && <p class="soft">{words.noLots}</p>}
      {data && data.length > 0 && (
        <ul class="lots">
          {data.map((lot) => (
            <LotRow key={lot.id} lot={lot} />
          ))}
        </ul>
      )}
      <form class="lot-new" onSubmit={form.onSubmit}>
        <TextField
          label={words.lot}
          required
          maxLength={200}
          autoCapitalize="characters"
          value={number}
          error={form.errors['/number']}
          onValue={setNumber}
        />
        <TextField
          label={`${words.expires} (${t().general.optional})`}
          type="date"
          value={expiresOn}
          error={form.errors['/expires_on']}
          onValue={setExpiresOn}
        />
        <Button icon={Plus} type="submit" isBusy={form.isBusy}>
          {words.addLot}
        </Button>
      </form>
    </section>
  );
}

function LotRow({ lot: { number, expires_on } }: { lot: Lot }) {
  const words = t().administration.medication;
  const isExpired = expires_on !== null && expires_on !== undefined && expires_on < today();
  return (
    <li>
      <strong>{number}</strong>
      <span class="row">
        {isExpired && <Standing is="bad">{words.expired}</Standing>}
        <span class="soft">
          {words.expires}: {expires_on ? plainDate(expires_on) : words.noExpiry}
        </span>
      </span>
    </li>
  );
}

/** The day that it is at the hospital, as ISO writes it. */
function today(): string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: hospital.value.time_zone });
  return format.format(now.value);
}
