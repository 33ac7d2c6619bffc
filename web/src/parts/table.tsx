/** A list of things of the same kind: a table on a desk, cards on a phone. */
import type { ComponentChildren } from 'preact';
import './table.css';

export interface Column<T> {
  head: string;
  cell: (row: T) => ComponentChildren;
  /** Figures stand at the right, one under the other. */
  isNumber?: boolean;
  /** Sentences: on a card they stand under their heading. */
  isLong?: boolean;
  /** What can be done with the row: it needs no heading where it is a card. */
  isAction?: boolean;
}

interface Props<T> {
  /** What is listed, for who can't see it. */
  label: string;
  /** The first one says what the row is. */
  columns: Column<T>[];
  rows: T[];
  keyOf: (row: T) => string;
  /** Where a tap on the row leads. */
  hrefOf?: (row: T) => string;
  /** Rows that don't count any more are quieter. */
  isQuiet?: (row: T) => boolean;
  class?: string;
}

// A row that is laid out as a card is no row to a screen reader but by its role, so all roles are said.
export function Table<T>({ label, columns, rows, keyOf, hrefOf, isQuiet, class: more = '' }: Props<T>) {
  return (
    <table class={`table ${more}`} role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ head, isNumber, isAction }) => (
            <th key={head} role="columnheader" scope="col" class={isNumber ? 'numbers' : undefined}>
              {isAction ? <span class="unseen">{head}</span> : head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr
            key={keyOf(row)}
            role="row"
            class={`${hrefOf ? 'is-link' : ''} ${isQuiet?.(row) ? 'is-quiet' : ''}`}
          >
            {columns.map(({ head, cell, isNumber, isLong, isAction }, at) => {
              const content = cell(row);
              const looks = [
                isNumber && 'numbers',
                isLong && 'is-long',
                isAction && 'is-action',
                (content === null || content === '') && 'is-empty',
              ].filter(Boolean);
              if (at > 0)
                return (
                  <td key={head} role="cell" class={looks.join(' ')}>
                    {!isAction && (
                      <span class="table-head" aria-hidden="true">
                        {head}
                      </span>
                    )}
                    <span class="table-cell">{content}</span>
                  </td>
                );
              return (
                <th key={head} role="rowheader" scope="row">
                  {hrefOf ? <a href={hrefOf(row)}>{content}</a> : content}
                </th>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
