/** The hospital's lists of reasons, kept on this device. */
import { signal } from '@preact/signals';
import { api, answer } from '../api/client';
import type { Reason, ReasonList } from '../api/types';
import { keepAnswer, keptAnswer } from '../kept';
import { refusalInWords } from './refusal';

const reasons = signal<Reason[]>([]);

export async function readReasons() {
  const kept = await keptAnswer<Reason[]>('reasons');
  if (kept && reasons.value.length === 0) reasons.value = kept.answer;
  try {
    const { items } = await answer(api.GET('/reasons'));
    reasons.value = items;
    void keepAnswer('reasons', items);
  } catch {
    // Those that were kept serve.
  }
}

/** Those of a list that may be chosen, in the hospital's order. */
export function reasonsOf(list: ReasonList): Reason[] {
  return reasons.value
    .filter((reason) => reason.list === list && reason.is_active)
    .sort((a, b) => a.position - b.position);
}

/** What a code is called; an old one by the code itself. The system's own reasons have no code. */
export function reasonLabel(code: string): string {
  return reasons.value.find((reason) => reason.code === code)?.label ?? refusalInWords(code) ?? code;
}
