/** What the screens say, in the language of whoever uses this device. */
import { computed } from '@preact/signals';
import { preferences, type Language } from '../preferences';
import { en } from './en';
import type { Messages } from './messages';
import { pt } from './pt';

const catalogues: Record<Language, Messages> = { pt, en };

const language = computed(() => preferences.value.language);

export const locale = computed(() => (language.value === 'pt' ? 'pt-BR' : 'en-GB'));

const messages = computed(() => catalogues[language.value]);

/** The texts; who reads them while rendering is rendered anew when the language changes. */
export function t(): Messages {
  return messages.value;
}
