/**
 * The keys of the desk. A key does what the button does that names it (`aria-keyshortcuts`): what can't be seen
 * and pressed, no key does either.
 */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Options {
  /** The order that the last column shows. */
  selected: string | undefined;
  onSelect: (id: string) => void;
  onHelp: () => void;
}

export function useKeys(desk: RefObject<HTMLElement>, options: Options) {
  const current = useRef(options);
  current.current = options;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
      // On a button or a link it presses that one, as everywhere.
      if (event.key === 'Enter' && isPressable(event.target)) return;
      const { selected, onSelect, onHelp } = current.current;
      switch (event.key) {
        case 'ArrowDown':
        case 'ArrowUp': {
          const id = beside(desk.current, selected, event.key === 'ArrowDown' ? 1 : -1);
          if (id !== undefined) onSelect(id);
          break;
        }
        case '/':
          desk.current?.querySelector<HTMLInputElement>('.search input')?.focus();
          break;
        case '?':
          onHelp();
          break;
        default:
          // Held down, a key is pressed once.
          if (event.repeat || !pressButton(event.key)) return;
      }
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [desk]);

  // What is selected by keys is to be seen.
  useEffect(() => {
    const row = rowsOf(desk.current).find((row) => row.dataset['order'] === options.selected);
    row?.scrollIntoView({ block: 'nearest' });
  }, [desk, options.selected]);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox' && target.type !== 'radio';
  return target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName);
}

function isPressable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('a, button, input, label') !== null;
}

/** The rows of the queue, then one's own, as they stand on the screen. */
function rowsOf(desk: HTMLElement | null): HTMLElement[] {
  return [...(desk?.querySelectorAll<HTMLElement>('li[data-order]') ?? [])].filter(
    (row) => row.closest('.desk-order') === null,
  );
}

function beside(desk: HTMLElement | null, selected: string | undefined, step: 1 | -1): string | undefined {
  const rows = rowsOf(desk);
  const at = rows.findIndex((row) => row.dataset['order'] === selected);
  const next = at < 0 ? (step === 1 ? 0 : rows.length - 1) : at + step;
  return rows[next]?.dataset['order'];
}

function pressButton(key: string): boolean {
  const wanted = key.length === 1 ? key.toUpperCase() : key;
  if (!/^([A-Z]|Enter)$/.test(wanted)) return false;
  const button = document.querySelector<HTMLButtonElement>(`button[aria-keyshortcuts~="${wanted}"]:enabled`);
  button?.click();
  return button !== null;
}
