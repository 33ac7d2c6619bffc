/** What a row of the record says beside who and when, as people read it. */
import { t } from '../language';
import { date, duration, number, plainDate } from '../language/format';
import { reasonLabel } from '../orders/reasons';

interface Fact {
  /** What it is, in words. */
  field: string;
  /** How it was; undefined where it was not there before. */
  before?: string;
  value: string;
}

/** What an id is called, where that is known. */
export type NameOf = (id: string) => string | undefined;

/** Ids are not for people, and reasons are told in words of their own. */
const UNTOLD = new Set(['id', 'key', 'reason', 'note', 'final', 'expired']);

export function factsOf(kind: string, data: unknown, nameOf: NameOf): Fact[] {
  if (!isObject(data)) return [];
  const words = t().management.audit;
  const facts: Fact[] = [];
  for (const [field, reason] of [
    [words.fields.reason, data],
    [words.fields.final, data['final']],
    [words.fields.expired, data['expired']],
  ] as const) {
    const value = reasonIn(reason);
    if (value) facts.push({ field, value });
  }
  if (!facts.some(({ field }) => field === words.fields.reason) && typeof data['note'] === 'string')
    facts.push({ field: words.fields.note, value: data['note'] });
  const tell = (field: string, value: unknown) => inWords(kind, field, value, nameOf);
  for (const [field, value] of Object.entries(data)) {
    if (UNTOLD.has(field) || value === null || (Array.isArray(value) && value.length === 0)) continue;
    const called = (words.fields as Record<string, string>)[field] ?? field;
    if (isObject(value) && 'from' in value && 'to' in value)
      facts.push({ field: called, before: tell(field, value['from']), value: tell(field, value['to']) });
    else facts.push({ field: called, value: tell(field, value) });
  }
  return facts;
}

function reasonIn(data: unknown): string | undefined {
  if (!isObject(data) || typeof data['reason'] !== 'string') return undefined;
  const { reason, note } = data;
  return typeof note === 'string' ? `${reasonLabel(reason)} · ${note}` : reasonLabel(reason);
}

function inWords(kind: string, field: string, value: unknown, nameOf: NameOf): string {
  const general = t().general;
  const words = t().management.audit;
  if (value === null || value === undefined || value === '') return '—';
  if (typeof value === 'boolean') return value ? general.yes : general.no;
  if (typeof value === 'number') return kind === 'targets.changed' ? duration(value * 1000) : number(value);
  if (Array.isArray(value)) return general.lines(value.length);
  if (isObject(value)) {
    if (typeof value['name'] === 'string') return value['name'];
    return Object.entries(value)
      .map(
        ([name, inner]) =>
          `${(words.fields as Record<string, string>)[name] ?? name}: ${inWords(kind, name, inner, nameOf)}`,
      )
      .join(' · ');
  }
  if (typeof value !== 'string') return JSON.stringify(value);
  const translated: Record<string, Record<string, string>> = {
    role: general.role,
    tarja: general.marks.tarja,
    list: words.reasonLists,
  };
  if (field === 'kind') return reasonLabel(value);
  if (/_id$/.test(field)) return nameOf(value) ?? shortened(value);
  if (/_on$/.test(field)) return plainDate(value);
  if (/_at$/.test(field)) return date(value);
  return translated[field]?.[value] ?? value;
}

/** Enough of a hash or an id to tell it from its neighbours. */
export function shortened(text: string): string {
  return text.length > 14 ? `${text.slice(0, 8)}…${text.slice(-4)}` : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
