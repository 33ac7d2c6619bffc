import { Trash2 } from 'lucide-preact';
import type { MedicationRef } from '../api/types';
import { t } from '../language';
import { number } from '../language/format';
import { IconButton } from '../parts/button';
import { MedicationName } from '../parts/medication-name';
import { Table } from '../parts/table';

/** A row as it is being filled in. */
export interface Held {
  medication: MedicationRef;
  min: string;
  max: string;
  ordered: number;
}

interface Props {
  rows: Held[];
  /** By the medication's id. */
  errors: Record<string, string>;
  onChange: (medicationId: string, change: Partial<Held>) => void;
  onRemove: (medicationId: string) => void;
}

export function HoldingTable({ rows, errors, onChange, onRemove }: Props) {
  const words = t().administration.holdings;
  const stock = (row: Held, which: 'min' | 'max', label: string) => {
    const error = errors[row.medication.id];
    return (
      <input
        class="field-input stock"
        inputMode="numeric"
        autocomplete="off"
        maxLength={6}
        aria-label={label}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `wrong-${row.medication.id}` : undefined}
        value={row[which]}
        onFocus={({ currentTarget }) => currentTarget.select()}
        onInput={({ currentTarget }) => {
          currentTarget.value = currentTarget.value.replace(/\D/g, '');
          onChange(row.medication.id, { [which]: currentTarget.value });
        }}
      />
    );
  };
  const nameOf = ({ medication }: Held) => medication.name ?? '';
  return (
    <Table
      label={words.title}
      class="holdings-table"
      rows={rows}
      keyOf={({ medication }) => medication.id}
      columns={[
        {
          head: words.medication,
          cell: ({ medication }) => (
            <span class="two-lines">
              <MedicationName medication={medication} />
              {errors[medication.id] && (
                <span id={`wrong-${medication.id}`} class="field-error" role="alert">
                  {errors[medication.id]}
                </span>
              )}
            </span>
          ),
        },
        { head: words.ordered, isNumber: true, cell: ({ ordered }) => number(ordered) },
        { head: words.min, isNumber: true, cell: (row) => stock(row, 'min', words.minOf(nameOf(row))) },
        { head: words.max, isNumber: true, cell: (row) => stock(row, 'max', words.maxOf(nameOf(row))) },
        {
          head: t().general.remove,
          isAction: true,
          cell: (row) => (
            <IconButton
              icon={Trash2}
              label={words.removeOf(nameOf(row))}
              onClick={() => onRemove(row.medication.id)}
            />
          ),
        },
      ]}
    />
  );
}
