/** Whether there is room for three columns beside each other: the same width at which the tabs stand at the side. */
import { signal } from '@preact/signals';

const wide = matchMedia('(min-width: 64rem)');

export const isDesk = signal(wide.matches);

wide.addEventListener('change', () => (isDesk.value = wide.matches));
