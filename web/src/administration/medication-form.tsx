import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import type { ControlledList, Medication, MedicationChange, Tarja } from '../api/types';
import { t } from '../language';
import { Button } from '../parts/button';
import { Chips } from '../parts/chips';
import { SelectField, Switch, TextArea, TextField } from '../parts/field';
import { useForm } from '../parts/use-form';
import { useUnsaved } from '../parts/use-unsaved';
import { orNull } from './ward';

const lists: ControlledList[] = ['A1', 'A2', 'A3', 'B1', 'B2', 'C1', 'C2', 'C3', 'C5', 'D1', 'D2', 'E', 'F'];
const tarjas: Tarja[] = ['none', 'red', 'red_restricted', 'black'];
const UNKNOWN = 'unknown';

interface Fields {
  name: string;
  description: string;
  area: string;
  medClass: string;
  /** Empty, where it is not controlled. */
  list: ControlledList | '';
  tarja: Tarja | typeof UNKNOWN;
  isHighAlert: boolean;
  group: string;
  tallMan: string;
  isActive: boolean;
}

interface Props {
  /** None yet, where one is to be created. */
  medication?: Medication;
  onSaved: (medication: Medication) => void;
}

export function MedicationForm({ medication, onSaved }: Props) {
  const words = t().administration.medication;
  const [before, setBefore] = useState(medication);
  const [fields, setFields] = useState(() => fieldsOf(medication));
  const [isDone, setIsDone] = useState(false);
  const isChanged = JSON.stringify(fields) !== JSON.stringify(fieldsOf(before));
  const unsaved = useUnsaved(isChanged && !isDone);
  const put = (change: Partial<Fields>) => setFields({ ...fields, ...change });

  const form = useForm(async () => {
    const body: MedicationChange = {
      name: fields.name,
      description: orNull(fields.description),
      area: orNull(fields.area),
      med_class: orNull(fields.medClass),
      controlled_list: fields.list === '' ? null : fields.list,
      tarja: fields.tarja === UNKNOWN ? null : fields.tarja,
      is_high_alert: fields.isHighAlert,
      look_alike_group: orNull(fields.group),
      tall_man: orNull(fields.tallMan),
      is_active: fields.isActive,
    };
    // It is created by its name, and marked after that: if the second does not work, it is not created twice.
    const created = before ?? (await answer(api.POST('/medications', { body: { name: fields.name } })));
    setBefore(created);
    const params = { path: { id: created.id } };
    const saved = await answer(api.PATCH('/medications/{id}', { params, body }));
    setIsDone(true);
    onSaved(saved);
  });

  return (
    <form class="form" onSubmit={form.onSubmit}>
      <TextField
        label={words.name}
        hint={medication ? undefined : words.nameExample}
        required
        maxLength={200}
        value={fields.name}
        error={form.errors['/name']}
        onValue={(name) => put({ name })}
      />
      <TextArea
        label={`${words.description} (${t().general.optional})`}
        maxLength={2000}
        value={fields.description}
        error={form.errors['/description']}
        onValue={(description) => put({ description })}
      />
      <div class="form-pair">
        <TextField
          label={`${words.area} (${t().general.optional})`}
          maxLength={200}
          value={fields.area}
          error={form.errors['/area']}
          onValue={(area) => put({ area })}
        />
        <TextField
          label={`${words.medClass} (${t().general.optional})`}
          maxLength={200}
          value={fields.medClass}
          error={form.errors['/med_class']}
          onValue={(medClass) => put({ medClass })}
        />
      </div>
      <h2>{words.safety}</h2>
      <SelectField
        label={words.controlled}
        value={fields.list}
        options={[
          { value: '', label: words.notControlled },
          ...lists.map((list) => ({ value: list, label: t().general.marks.controlled(list) })),
        ]}
        onValue={(list) => put({ list: list as ControlledList | '' })}
      />
      <Chips
        label={words.tarja}
        value={fields.tarja}
        chips={[
          { value: UNKNOWN, label: words.tarjaUnknown },
          ...tarjas.map((tarja) => ({ value: tarja, label: t().general.marks.tarja[tarja] })),
        ]}
        onChange={(tarja: Tarja | typeof UNKNOWN) => put({ tarja })}
      />
      <Switch
        label={words.highAlert}
        hint={words.highAlertHint}
        checked={fields.isHighAlert}
        onChange={(isHighAlert) => put({ isHighAlert })}
      />
      <TextField
        label={`${words.tallMan} (${t().general.optional})`}
        hint={words.tallManHint}
        autoCapitalize="none"
        maxLength={200}
        value={fields.tallMan}
        error={form.errors['/tall_man']}
        onValue={(tallMan) => put({ tallMan })}
      />
      <TextField
        label={`${words.lookAlike} (${t().general.optional})`}
        hint={words.lookAlikeHint}
        autoCapitalize="none"
        maxLength={200}
        value={fields.group}
        error={form.errors['/look_alike_group']}
        onValue={(group) => put({ group })}
      />
      <Switch
        label={words.inUse}
        hint={words.inUseHint}
        checked={fields.isActive}
        onChange={(isActive) => put({ isActive })}
      />
      <div class="form-actions">
        <Button kind="main" type="submit" isBusy={form.isBusy} disabled={medication && !isChanged}>
          {medication ? t().general.save : words.create}
        </Button>
      </div>
      {unsaved.dialog}
    </form>
  );
}

function fieldsOf(medication: Medication | undefined): Fields {
  return {
    name: medication?.name ?? '',
    description: medication?.description ?? '',
    area: medication?.area ?? '',
    medClass: medication?.med_class ?? '',
    list: medication?.controlled_list ?? '',
    tarja: medication?.tarja ?? UNKNOWN,
    isHighAlert: medication?.is_high_alert ?? false,
    group: medication?.look_alike_group ?? '',
    tallMan: medication?.tall_man ?? '',
    isActive: medication?.is_active ?? true,
  };
}
