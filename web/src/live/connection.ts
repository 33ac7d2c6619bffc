/** Whether the server can be reached, by what was heard of it last. */
import { computed, signal } from '@preact/signals';

const hasNetwork = signal(navigator.onLine);
const answers = signal(true);

addEventListener('online', () => (hasNetwork.value = true));
addEventListener('offline', () => (hasNetwork.value = false));

export const isOffline = computed(() => !hasNetwork.value || !answers.value);

/** Each request says how it went: a network that is there may lead nowhere. One that answers is there. */
export function serverAnswered(did: boolean) {
  answers.value = did;
  if (did) hasNetwork.value = true;
}
