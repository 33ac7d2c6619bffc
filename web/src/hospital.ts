/** What the hospital has set for everyone. */
import { signal } from '@preact/signals';
import { ask } from './api/ask';
import type { components } from './api/schema';

type Hospital = components['schemas']['Hospital'];

const KEY = 'botica.hospital';

export const hospital = signal<Hospital>(kept());

/** Reads it anew; what was kept serves until then. */
export async function readHospital() {
  try {
    const response = await ask('/hospital');
    if (!response.ok) return;
    hospital.value = (await response.json()) as Hospital;
    localStorage.setItem(KEY, JSON.stringify(hospital.value));
  } catch {
    // It is asked again at the next start.
  }
}

function kept(): Hospital {
  const usual: Hospital = { time_zone: 'America/Sao_Paulo', pharmacy_phone: null };
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Hospital>) };
  } catch {
    return usual;
  }
}
