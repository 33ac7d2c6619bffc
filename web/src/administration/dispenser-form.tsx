import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import type { FieldErrors } from '../api/field-errors';
import type { Dispenser, Ward } from '../api/types';
import { t } from '../language';
import { Button } from '../parts/button';
import { Chips } from '../parts/chips';
import { TextField } from '../parts/field';
import { useForm } from '../parts/use-form';
import { useUnsaved } from '../parts/use-unsaved';
import { placeOf, standsOn } from './read-wards';
import { orNull } from './ward';

/** Stands for a ward that is made with the dispenser. */
const NEW = 'new';

interface Props {
  /** None yet, where one is to be created. */
  dispenser?: Dispenser;
  wards: Ward[];
  onSaved: (dispenser: Dispenser) => void;
  /** What else can be done with it. */
  children?: ComponentChildren;
}

export function DispenserForm({ dispenser, wards, onSaved, children }: Props) {
  const words = t().administration.dispenser;
  const { wing: wingWord, floor: floorWord } = t().administration.wards;
  const stood = dispenser && wards.find((ward) => standsOn(dispenser, ward))?.id;
  const [name, setName] = useState(dispenser?.name ?? '');
  const [reference, setReference] = useState(dispenser?.reference ?? '');
  const [wardId, setWardId] = useState(stood ?? (wards.length === 0 ? NEW : undefined));
  const [place, setPlace] = useState({ ward: '', wing: '', floor: '' });
  const [isDone, setIsDone] = useState(false);
  const isChanged =
    name !== (dispenser?.name ?? '') || reference !== (dispenser?.reference ?? '') || wardId !== stood;
  const unsaved = useUnsaved(isChanged && !isDone);

  const chosen = wards.find(({ id }) => id === wardId);
  const check = (): FieldErrors =>
    chosen === undefined && wardId !== NEW ? { '/ward': t().general.required } : {};
  const form = useForm(async () => {
    const on = chosen
      ? { ward: chosen.name, wing: chosen.wing ?? null, floor: chosen.floor ?? null }
      : { ward: place.ward, wing: orNull(place.wing), floor: orNull(place.floor) };
    const body = { name, reference: orNull(reference), ...(wardId !== stood && on) };
    const saved = dispenser
      ? await answer(api.PATCH('/dispensers/{id}', { params: { path: { id: dispenser.id } }, body }))
      : await answer(api.POST('/dispensers', { body: { ...body, ...on } }));
    setIsDone(true);
    onSaved(saved);
  }, check);

  return (
    <form class="form" onSubmit={form.onSubmit}>
      <TextField
        label={words.name}
        hint={dispenser ? undefined : words.nameExample}
        required
        maxLength={200}
        value={name}
        error={form.errors['/name']}
        onValue={setName}
      />
      <div class="field">
        <Chips
          label={words.ward}
          value={wardId}
          chips={[
            ...wards.map((ward) => ({ value: ward.id, label: nameOf(ward, wards) })),
            { value: NEW, label: words.newWard },
          ]}
          onChange={setWardId}
        />
        {form.errors['/ward'] && wardId !== NEW && (
          <p class="field-error" role="alert">
            {form.errors['/ward']}
          </p>
        )}
      </div>
      {wardId === NEW && (
        <>
          <TextField
            label={words.wardName}
            required
            maxLength={200}
            value={place.ward}
            error={form.errors['/ward']}
            onValue={(ward) => setPlace({ ...place, ward })}
          />
          <div class="form-pair">
            <TextField
              label={`${wingWord} (${t().general.optional})`}
              maxLength={200}
              value={place.wing}
              error={form.errors['/wing']}
              onValue={(wing) => setPlace({ ...place, wing })}
            />
            <TextField
              label={`${floorWord} (${t().general.optional})`}
              maxLength={200}
              value={place.floor}
              error={form.errors['/floor']}
              onValue={(floor) => setPlace({ ...place, floor })}
            />
          </div>
        </>
      )}
      <TextField
        label={`${words.reference} (${t().general.optional})`}
        maxLength={200}
        value={reference}
        error={form.errors['/reference']}
        onValue={setReference}
      />
      <div class="form-actions">
        <Button kind="main" type="submit" isBusy={form.isBusy} disabled={dispenser && !isChanged}>
          {dispenser ? t().general.save : words.create}
        </Button>
        {children}
      </div>
      {unsaved.dialog}
    </form>
  );
}

/** With its place, where another ward has the same name. */
function nameOf(ward: Ward, wards: Ward[]): string {
  const isAlone = wards.every(({ id, name }) => id === ward.id || name !== ward.name);
  return isAlone ? ward.name : `${ward.name} (${placeOf(ward)})`;
}
