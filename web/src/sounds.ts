/** Sounds by what they mean, made here: Emergência repeats until somebody silences it, Urgente sounds once. */
import { computed, effect, signal } from '@preact/signals';
import { preferences } from './preferences';

type Sound = 'stat' | 'urgent';

let context: AudioContext | undefined;

/** Browsers make no sound before the page has been touched. */
export const isAllowed = signal(false);

function audio(): AudioContext {
  if (!context) {
    context = new AudioContext();
    // A call, or a long sleep, can take it away again.
    context.addEventListener('statechange', () => (isAllowed.value = context?.state === 'running'));
  }
  return context;
}

/** Call it from a tap. */
export async function allowSound() {
  try {
    await audio().resume();
    isAllowed.value = audio().state === 'running';
  } catch {
    isAllowed.value = false;
  }
}

/** Frequencies in Hz and lengths in seconds. Two low notes for Urgente, three rising ones for Emergência. */
const tunes: Record<Sound, [number, number][]> = {
  urgent: [
    [660, 0.14],
    [550, 0.22],
  ],
  stat: [
    [880, 0.14],
    [1109, 0.14],
    [1319, 0.26],
  ],
};

export function sound(which: Sound) {
  if (!preferences.value.hasSound) return;
  if (!isAllowed.value) return;
  const out = audio();
  let at = out.currentTime + 0.02;
  for (const [frequency, length] of tunes[which]) {
    const tone = out.createOscillator();
    const volume = out.createGain();
    tone.type = 'triangle';
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.5, at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.001, at + length);
    tone.connect(volume).connect(out.destination);
    tone.start(at);
    tone.stop(at + length);
    at += length + 0.03;
  }
}

/** Orders of Emergência that nobody has silenced. */
export const ringing = signal<ReadonlySet<string>>(new Set());

const isRinging = computed(() => ringing.value.size > 0);

const REPEAT = 4000;

effect(() => {
  if (!isRinging.value) return;
  sound('stat');
  const timer = setInterval(() => sound('stat'), REPEAT);
  return () => clearInterval(timer);
});

export function ring(orderId: string) {
  ringing.value = new Set(ringing.value).add(orderId);
}

/** It was taken by somebody, or silenced by a tap. */
export function silence(orderId?: string) {
  const next = new Set(ringing.value);
  if (orderId === undefined) next.clear();
  else next.delete(orderId);
  ringing.value = next;
}
