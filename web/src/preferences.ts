/** What a person chose for this device: it stays with the device, not with the user. */
import { effect, signal } from '@preact/signals';

export type Language = 'pt' | 'en';
export type Theme = 'auto' | 'light' | 'dark';
export type TextSize = 'normal' | 'large' | 'huge';

interface Preferences {
  language: Language;
  theme: Theme;
  textSize: TextSize;
  hasSound: boolean;
}

const KEY = 'botica.preferences';

const defaults: Preferences = { language: 'pt', theme: 'auto', textSize: 'normal', hasSound: true };

export const preferences = signal<Preferences>(read());

export function prefer(change: Partial<Preferences>) {
  preferences.value = { ...preferences.value, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.value));
  } catch {
    // A browser that keeps nothing still follows until it is closed.
  }
}

function read(): Preferences {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof kept === 'object' ? { ...defaults, ...(kept as Partial<Preferences>) } : defaults;
  } catch {
    return defaults;
  }
}

/** Keeps the page as it was chosen. */
export function applyPreferences() {
  effect(() => {
    const { language, theme, textSize } = preferences.value;
    const root = document.documentElement;
    root.lang = language === 'pt' ? 'pt-BR' : 'en';
    root.dataset['theme'] = theme;
    root.dataset['text'] = textSize;
  });
}
