/** What the browser says of this page on its tab: the screen, and how many things wait. */
import { effect, signal } from '@preact/signals';

const title = signal('');

const waiting = signal(0);

effect(() => {
  if (title.value === '') return;
  document.title = `${waiting.value > 0 ? `(${String(waiting.value)}) ` : ''}${title.value} · Botica`;
});

export function entitle(screen: string) {
  title.value = screen;
}

/** So that who looks at another tab sees it too. */
export function countInTitle(count: number) {
  waiting.value = count;
}
