/** From when to when, in days of the hospital. */
import { t } from '../language';
import { beginOf, daysLater, today } from '../days';
import { SelectField, TextField } from './field';

/** As it stands in the address; the names are Portuguese, since addresses are. */
export const PERIOD = ['periodo', 'de', 'ate'] as const;

type Period = Partial<Record<(typeof PERIOD)[number], string>>;

const LAST: Record<string, number> = { hoje: 1, semana: 7, mes: 30 };

/** The instants that a period is between, as the server is asked. */
export function instantsOf({ periodo, de, ate }: Period): { from?: string; until?: string } {
  if (periodo === 'dias')
    return { ...(de && { from: beginOf(de) }), ...(ate && { until: beginOf(daysLater(ate, 1)) }) };
  const days = periodo === undefined ? undefined : LAST[periodo];
  return days === undefined ? {} : { from: beginOf(daysLater(today(), 1 - days)) };
}

interface Props {
  values: Period;
  onChange: (period: Period) => void;
}

export function PeriodFields({ values, onChange }: Props) {
  const words = t().general.period;
  const { periodo = '', de = '', ate = '' } = values;
  return (
    <>
      <SelectField
        label={words.title}
        value={periodo}
        options={[
          { value: '', label: words.all },
          { value: 'hoje', label: words.today },
          { value: 'semana', label: words.lastDays(7) },
          { value: 'mes', label: words.lastDays(30) },
          { value: 'dias', label: words.days },
        ]}
        onValue={(periodo) =>
          onChange(
            periodo === 'dias'
              ? { periodo, de: daysLater(today(), -6), ate: today() }
              : { periodo, de: '', ate: '' },
          )
        }
      />
      {periodo === 'dias' && (
        <>
          <TextField
            label={words.from}
            type="date"
            value={de}
            max={ate || today()}
            onValue={(de) => onChange({ de })}
          />
          <TextField
            label={words.until}
            type="date"
            value={ate}
            min={de}
            max={today()}
            onValue={(ate) => onChange({ ate })}
          />
        </>
      )}
    </>
  );
}
