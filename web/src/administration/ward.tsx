import { useLocation, useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import type { Ward } from '../api/types';
import { Failure } from '../api/failure';
import { t } from '../language';
import { Button } from '../parts/button';
import { TextField } from '../parts/field';
import { Screen } from '../parts/screen';
import { Loading, Trouble } from '../parts/states';
import { say } from '../parts/toasts';
import { useAnswer } from '../parts/use-answer';
import { useForm } from '../parts/use-form';
import { useUnsaved } from '../parts/use-unsaved';
import { places } from '../places';
import { readWards } from './read-wards';

/** Another name or place for a ward, and all its dispensers with it. */
export function WardScreen() {
  const { params } = useRoute();
  const { route } = useLocation();
  const words = t().administration.wards;
  const { data, failure, again } = useAnswer('wards', readWards);
  const ward = data?.find(({ id }) => id === params['id']);
  const missing =
    data && !ward && new Failure({ kind: 'problem', status: 404, problem: undefined, retryAfter: undefined });
  const trouble = failure ?? missing;
  return (
    <Screen title={ward?.name ?? words.edit} onBack={() => route(places.wards)} isWide>
      {trouble && <Trouble error={trouble} again={() => void again()} />}
      {!data && !failure && <Loading />}
      {ward && <WardForm key={ward.id} ward={ward} />}
    </Screen>
  );
}

function WardForm({ ward }: { ward: Ward }) {
  const words = t().administration.wards;
  const { route } = useLocation();
  const [name, setName] = useState(ward.name);
  const [wing, setWing] = useState(ward.wing ?? '');
  const [floor, setFloor] = useState(ward.floor ?? '');
  const isChanged = name !== ward.name || wing !== (ward.wing ?? '') || floor !== (ward.floor ?? '');
  const unsaved = useUnsaved(isChanged);
  const form = useForm(async () => {
    const body = { name, wing: orNull(wing), floor: orNull(floor) };
    await answer(api.PATCH('/wards/{id}', { params: { path: { id: ward.id } }, body }));
    say(words.wardSaved);
    unsaved.leaveSaved(() => route(places.wards));
  });
  return (
    <form class="form" onSubmit={form.onSubmit}>
      <TextField
        label={words.name}
        hint={words.wardHint}
        required
        maxLength={200}
        value={name}
        error={form.errors['/name']}
        onValue={setName}
      />
      <div class="form-pair">
        <TextField
          label={words.wing}
          maxLength={200}
          value={wing}
          error={form.errors['/wing']}
          onValue={setWing}
        />
        <TextField
          label={words.floor}
          maxLength={200}
          value={floor}
          error={form.errors['/floor']}
          onValue={setFloor}
        />
      </div>
      <div class="form-actions">
        <Button kind="main" type="submit" isBusy={form.isBusy} disabled={!isChanged}>
          {t().general.save}
        </Button>
      </div>
      {unsaved.dialog}
    </form>
  );
}

export function orNull(text: string): string | null {
  return text.trim() === '' ? null : text;
}
