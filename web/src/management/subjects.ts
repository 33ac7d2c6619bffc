/** What the subjects of the record are called: it has their ids only, and they may have another name by now. */
import { signal } from '@preact/signals';
import { api, answer } from '../api/client';
import type { AuditRow } from '../api/types';

/** By id; undefined while it is asked for, or where it is not known. */
const names = signal<ReadonlyMap<string, string | undefined>>(new Map());

const asking: Record<string, (id: string) => Promise<string | null | undefined>> = {
  medication: async (id) => (await answer(api.GET('/medications/{id}', { params: { path: { id } } }))).name,
  service_call: async (id) =>
    (await answer(api.GET('/service-calls/{id}', { params: { path: { id } } }))).dispenser.name,
};

export function subjectName(id: string): string | undefined {
  return names.value.get(id);
}

/** Asks for the names of what some rows are about, each once. */
export function readSubjects(rows: AuditRow[]) {
  for (const { kind, subject_id, data } of rows) {
    const ask = asking[kind.split('.')[0] ?? ''];
    if (ask && subject_id) read(subject_id, ask);
    const medication = (data as { medication_id?: unknown } | null | undefined)?.medication_id;
    if (typeof medication === 'string' && asking['medication']) read(medication, asking['medication']);
  }
}

function read(id: string, ask: (id: string) => Promise<string | null | undefined>) {
  if (names.value.has(id)) return;
  names.value = new Map(names.value).set(id, undefined);
  ask(id).then(
    (name) => {
      names.value = new Map(names.value).set(id, name ?? undefined);
    },
    () => undefined,
  );
}
