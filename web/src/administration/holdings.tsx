import { PackageOpen, Pencil } from 'lucide-preact';
import { useLocation, useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import { fieldErrors } from '../api/field-errors';
import type { Dispenser, Holding, MedicationRef, NewHolding } from '../api/types';
import { matches, readHoldings } from '../dispensers/dispensers';
import { t } from '../language';
import { Button, ButtonLink } from '../parts/button';
import { Screen } from '../parts/screen';
import { SearchField } from '../parts/search-field';
import { Empty, Loading, Trouble } from '../parts/states';
import { say, sayTrouble } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { useAnswer } from '../parts/use-answer';
import { useUnsaved } from '../parts/use-unsaved';
import { places } from '../places';
import { AddHolding } from './add-holding';
import { HoldingTable, type Held } from './holding-table';
import './holdings.css';

/** What a dispenser holds, and between which stocks: the whole list is saved at once. */
export function Holdings() {
  const { params } = useRoute();
  const id = params['id'] ?? '';
  const words = t().administration.holdings;
  const { route } = useLocation();
  const dispenser = useAnswer(`dispenser ${id}`, () =>
    answer(api.GET('/dispensers/{id}', { params: { path: { id } } })),
  );
  const holdings = useAnswer(`held ${id}`, () => readHoldings(id));
  const failure = dispenser.failure ?? holdings.failure;
  if (dispenser.data && holdings.data)
    return <Editing key={id} dispenser={dispenser.data} holdings={holdings.data} />;
  return (
    <Screen title={words.title} onBack={() => route(places.wards)} isWide>
      {failure ? (
        <Trouble error={failure} again={() => void Promise.all([dispenser.again(), holdings.again()])} />
      ) : (
        <Loading rows={6} />
      )}
    </Screen>
  );
}

function Editing({ dispenser, holdings }: { dispenser: Dispenser; holdings: Holding[] }) {
  const words = t().administration.holdings;
  const { route } = useLocation();
  const [saved, setSaved] = useState(holdings);
  const [rows, setRows] = useState(() => holdings.map(heldOf));
  const [search, setSearch] = useState('');
  const [errors, setErrors] = useState<Record<string, string>>({});
  const changes = countChanges(saved.map(heldOf), rows);
  const unsaved = useUnsaved(changes > 0);

  const save = useAction(
    async () => {
      const found = wrongOnes(rows);
      setErrors(found);
      if (Object.keys(found).length > 0) {
        setSearch('');
        return;
      }
      const params = { path: { id: dispenser.id } };
      const { items } = await answer(
        api.PUT('/dispensers/{id}/medications', { params, body: rows.map(wantedOf) }),
      );
      setSaved(items);
      setRows(items.map(heldOf));
      say(words.saved);
    },
    (error) => {
      // `/3/par_max` is of the fourth row.
      const found = Object.entries(fieldErrors(error)).map(([pointer, text = '']) => {
        const row = rows[Number(pointer.split('/')[1])];
        return [row?.medication.id ?? '', text];
      });
      setErrors(Object.fromEntries(found) as Record<string, string>);
      sayTrouble(error);
      return true;
    },
  );

  function change(id: string, change: Partial<Held>) {
    setRows(rows.map((row) => (row.medication.id === id ? { ...row, ...change } : row)));
    setErrors(Object.fromEntries(Object.entries(errors).filter(([wrong]) => wrong !== id)));
  }
  function add(medication: MedicationRef) {
    setRows([{ medication, min: '', max: '', ordered: 0 }, ...rows]);
    setSearch('');
  }
  function remove(id: string) {
    const before = rows;
    const removed = rows.find(({ medication }) => medication.id === id);
    setRows(rows.filter((row) => row !== removed));
    say(words.removed(removed?.medication.name ?? ''), {
      action: { label: t().general.undo, do: () => setRows(before) },
      lasts: 8000,
    });
  }

  const shown = rows.filter(({ medication }) => matches(search, medication.name ?? ''));
  return (
    <Screen
      title={dispenser.name}
      under={`${dispenser.ward} · ${words.count(rows.length)}`}
      onBack={() => unsaved.leave(() => route(places.wards))}
      isWide
      bar={
        <div class="save-bar">
          <p role="status">{changes === 0 ? words.noChanges : words.changes(changes)}</p>
          <Button kind="main" isBusy={save.isBusy} disabled={changes === 0} onClick={() => void save.run()}>
            {t().general.save}
          </Button>
        </div>
      }
    >
      <div class="list-tools">
        <SearchField label={words.search} value={search} onValue={setSearch} />
        <ButtonLink kind="quiet" icon={Pencil} href={places.cabinet(dispenser.id)}>
          {t().administration.dispenser.data}
        </ButtonLink>
      </div>
      {rows.length === 0 && search.trim() === '' && <Empty icon={PackageOpen}>{words.empty}</Empty>}
      {shown.length > 0 && (
        <>
          <p class="soft">{words.parHint}</p>
          <HoldingTable rows={shown} errors={errors} onChange={change} onRemove={remove} />
        </>
      )}
      <AddHolding search={search} held={rows.map(({ medication }) => medication.id)} onAdd={add} />
      {unsaved.dialog}
    </Screen>
  );
}

function heldOf({ medication, par_min, par_max, ordered }: Holding): Held {
  return { medication, min: String(par_min ?? ''), max: String(par_max ?? ''), ordered };
}

function wantedOf({ medication, min, max }: Held): NewHolding {
  return {
    medication_id: medication.id,
    par_min: min === '' ? null : Number(min),
    par_max: max === '' ? null : Number(max),
  };
}

/** What is wrong, by the medication's id. */
function wrongOnes(rows: Held[]): Record<string, string> {
  const words = t().administration.holdings;
  const fits = (text: string) => text === '' || (Number(text) >= 1 && Number(text) <= 100_000);
  const found: Record<string, string> = {};
  for (const { medication, min, max } of rows) {
    if (!fits(min) || !fits(max)) found[medication.id] = words.wrong;
    else if (min !== '' && max !== '' && Number(min) > Number(max)) found[medication.id] = words.below;
  }
  return found;
}

/** Rows that were added, removed or are otherwise than before. */
function countChanges(before: Held[], rows: Held[]): number {
  const known = new Map(before.map((row) => [row.medication.id, row]));
  const kept = rows.filter(({ medication }) => known.has(medication.id));
  const changed = kept.filter(({ medication, min, max }) => {
    const was = known.get(medication.id);
    return was?.min !== min || was.max !== max;
  });
  return rows.length - kept.length + (before.length - kept.length) + changed.length;
}
