import type { Priority, Status } from '../api/types';
import { t } from '../language';
import { SelectField } from '../parts/field';
import { Filters } from '../parts/filters';
import { instantsOf, PERIOD, PeriodFields } from '../parts/period-fields';
import { priorities } from '../parts/priority';
import { useFilters, type FilterValues } from '../parts/use-filters';
import { OPEN } from './open-orders';
import { useWhoAndWhere } from './who-and-where';

/** As they stand in the address; the names are Portuguese, since addresses are. */
const NAMES = ['estado', 'prioridade', 'setor', 'dispensario', 'por', 'com', ...PERIOD] as const;

type OrderFilterValues = FilterValues<(typeof NAMES)[number]>;

const STATUSES: Status[] = [
  'requested',
  'accepted',
  'in_transit',
  'delivered',
  'received',
  'rejected',
  'cancelled',
  'refused',
];

export const useOrderFilters = (): OrderFilterValues => useFilters(NAMES);

/** What the server is asked for. */
export function queryOf({ values }: OrderFilterValues) {
  const { estado, prioridade, setor, dispensario, por, com } = values;
  const known = STATUSES.filter((status) => status === estado);
  const priority = priorities.find((priority): priority is Priority => priority === prioridade);
  const status = estado === 'open' ? OPEN : known;
  return {
    ...(status.length > 0 && { status }),
    ...(estado === 'unanswered' && { unanswered: true }),
    ...(priority && { priority }),
    ...(setor && { ward: setor }),
    ...(dispensario && { dispenser_id: dispensario }),
    ...(por && { requested_by: por }),
    ...(com && { accepted_by: com }),
    ...instantsOf(values),
  };
}

export function OrderFilters({ filters }: { filters: OrderFilterValues }) {
  const words = t().management.orders;
  const general = t().general;
  const { values, set, count, clear } = filters;
  const { users, dispensers, wards } = useWhoAndWhere();
  const all = { value: '', label: general.filters.all };
  const people = (role: string) =>
    users
      .filter((user) => user.role === role || user.role === 'admin')
      .map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Filters count={count} onClear={clear}>
      <SelectField
        label={words.status}
        value={values.estado ?? ''}
        options={[
          all,
          { value: 'open', label: words.open },
          { value: 'unanswered', label: t().orders.unanswered },
          ...STATUSES.map((value) => ({ value, label: general.status[value] })),
        ]}
        onValue={(estado) => set({ estado })}
      />
      <SelectField
        label={general.priorityLabel}
        value={values.prioridade ?? ''}
        options={[all, ...priorities.map((value) => ({ value, label: general.priority[value] }))]}
        onValue={(prioridade) => set({ prioridade })}
      />
      <PeriodFields values={values} onChange={set} />
      <SelectField
        label={words.ward}
        value={values.setor ?? ''}
        options={[all, ...wards.map((ward) => ({ value: ward, label: ward }))]}
        onValue={(setor) => set({ setor, dispensario: '' })}
      />
      <SelectField
        label={words.dispenser}
        value={values.dispensario ?? ''}
        options={[
          all,
          ...dispensers
            .filter(({ ward }) => !values.setor || ward === values.setor)
            .map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onValue={(dispensario) => set({ dispensario })}
      />
      <SelectField
        label={words.requestedBy}
        value={values.por ?? ''}
        options={[all, ...people('nurse')]}
        onValue={(por) => set({ por })}
      />
      <SelectField
        label={words.acceptedBy}
        value={values.com ?? ''}
        options={[all, ...people('technician')]}
        onValue={(com) => set({ com })}
      />
    </Filters>
  );
}
