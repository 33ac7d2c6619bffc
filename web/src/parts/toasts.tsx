/** Says what has just happened, over everything, for a while; most let one take it back. */
import { signal } from '@preact/signals';
import { Check, CircleAlert } from 'lucide-preact';
import { inWords } from '../api/failure';
import './toasts.css';

interface Toast {
  id: number;
  /** A function, where it changes as things go on. */
  text: string | (() => string);
  isBad?: boolean;
  action?: { label: string; do: () => void };
  /** How long it stays, in milliseconds. */
  lasts: number;
}

const toasts = signal<Toast[]>([]);
let count = 0;

export function say(text: Toast['text'], more: Partial<Omit<Toast, 'id' | 'text'>> = {}): () => void {
  const toast: Toast = { id: (count += 1), text, lasts: 4000, ...more };
  // One at a time: what is said last is what matters.
  toasts.value = [toast];
  const timer = setTimeout(() => remove(toast.id), toast.lasts);
  return () => {
    clearTimeout(timer);
    remove(toast.id);
  };
}

/** Says that something did not work, and what to do. */
export function sayTrouble(error: unknown) {
  say(inWords(error), { isBad: true, lasts: 8000 });
}

function remove(id: number) {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(({ id, text, isBad, action, lasts }) => (
        <div key={id} data-toast={id} class={isBad ? 'toast is-bad' : 'toast'}>
          {isBad ? <CircleAlert aria-hidden="true" size={22} /> : <Check aria-hidden="true" size={22} />}
          <p>{typeof text === 'function' ? text() : text}</p>
          {action && (
            <button
              type="button"
              onClick={() => {
                remove(id);
                action.do();
              }}
            >
              {action.label}
            </button>
          )}
          {action && <span class="toast-time" style={{ animationDuration: `${String(lasts)}ms` }} />}
        </div>
      ))}
    </div>
  );
}
