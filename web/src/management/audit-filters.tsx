import { t } from '../language';
import { SelectField, Switch } from '../parts/field';
import { Filters } from '../parts/filters';
import { instantsOf, PERIOD, PeriodFields } from '../parts/period-fields';
import { useFilters, type FilterValues } from '../parts/use-filters';
import type { WhoAndWhere } from './who-and-where';

/** As they stand in the address; the names are Portuguese, since addresses are. */
const NAMES = ['tipo', 'quem', 'sobre', 'controlados', ...PERIOD] as const;

type AuditFilterValues = FilterValues<(typeof NAMES)[number]>;

export const useAuditFilters = (): AuditFilterValues => useFilters(NAMES);

/** What the server is asked for. */
interface AuditQuery {
  kind?: string;
  by?: string;
  subject_id?: string;
  from?: string;
  until?: string;
  /** Only what has to do with medications under special control. */
  controlled?: boolean;
}

export function queryOf({ values }: AuditFilterValues): AuditQuery {
  const { tipo, quem, sobre, controlados } = values;
  return {
    ...(tipo && { kind: tipo }),
    ...(quem && { by: quem }),
    ...(sobre && { subject_id: sobre }),
    ...(controlados && { controlled: true }),
    ...instantsOf(values),
  };
}

interface Props {
  filters: AuditFilterValues;
  users: WhoAndWhere['users'];
}

export function AuditFilters({ filters: { values, set, count, clear }, users }: Props) {
  const words = t().management.audit;
  const all = { value: '', label: t().general.filters.all };
  // All of a subject first, then each thing that can be done to it.
  const kinds = Object.entries(words.subjects).flatMap(([subject, label]) => [
    { value: subject, label: words.allOf(label) },
    ...Object.entries(words.kinds)
      .filter(([kind]) => kind.startsWith(`${subject}.`))
      .map(([value, label]) => ({ value, label: `— ${label}` })),
  ]);
  return (
    <>
      <Filters count={count} onClear={clear}>
        <SelectField
          label={words.kind}
          value={values.tipo ?? ''}
          options={[all, ...kinds]}
          onValue={(tipo) => set({ tipo })}
        />
        <PeriodFields values={values} onChange={set} />
        <SelectField
          label={words.who}
          value={values.quem ?? ''}
          options={[all, ...users.map(({ id, name }) => ({ value: id, label: name }))]}
          onValue={(quem) => set({ quem })}
        />
        <Switch
          label={words.controlledOnly}
          checked={!!values.controlados}
          onChange={(isOn) => set({ controlados: isOn ? 'sim' : '' })}
        />
      </Filters>
      {values.sobre && <p class="audit-one">{words.aboutOne}</p>}
    </>
  );
}
