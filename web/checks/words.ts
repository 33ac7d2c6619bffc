/** What a screen says, and which words of it are of another language. */
import type { Page } from '@playwright/test';
import { en } from '../src/language/en';
import { pt } from '../src/language/pt';

export type Tongue = 'pt' | 'en';

/** Letters only; shorter ones are the same in too many languages. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\p{L}{3,}/gu) ?? [];
}

/** All words of a catalogue; what it makes of numbers is asked for one and for more. */
function wordsIn(texts: object): Set<string> {
  const words = new Set<string>();
  for (const text of Object.values(texts) as unknown[]) {
    const say = text as (...values: unknown[]) => string;
    const said = typeof text === 'function' ? [say(1, 1), say(2, 3), say(0, 0)] : [text];
    for (const one of said)
      for (const word of typeof one === 'string' ? wordsOf(one) : wordsIn(one as object)) words.add(word);
  }
  return words;
}

const WORDS: Record<Tongue, Set<string>> = { pt: wordsIn(pt), en: wordsIn(en) };

/** Words of the other catalogue that are right all the same. */
const BOTH: Record<Tongue, string[]> = {
  // As it stands on the key.
  pt: ['enter'],
  en: [],
};

/** Words that a screen in a language must not show; `data` is what the hospital's own things are called. */
export function foreignTo(tongue: Tongue, data: string[]): Set<string> {
  const other = WORDS[tongue === 'pt' ? 'en' : 'pt'];
  const fine = new Set([...WORDS[tongue], ...BOTH[tongue], ...data.flatMap(wordsOf)]);
  return new Set([...other].filter((word) => !fine.has(word)));
}

/** Nothing of the kind is for people. */
const RAW = [
  /undefined|\bNaN\b|\bnull\b|\[object/,
  // Days as computers write them.
  /\d{4}-\d\d-\d\d/,
  // Keys and codes.
  /\b[a-z]+_[a-z_]+\b/,
  /\b[a-z]+\.[a-z_]+\b(?!\.)/,
];

/** What is wrong with a text, in words. */
export function wrongWith(text: string, foreign: Set<string>): string[] {
  // Addresses and the names of files are no words.
  const said = text.replaceAll(/\S+@\S+|https?:\/\/\S+|\S+\.(?:csv|xlsx)\b/g, ' ');
  const raw = RAW.flatMap((kind) => kind.exec(said)?.[0] ?? []);
  return [...wordsOf(said).filter((word) => foreign.has(word)), ...raw].map(
    (word) => `“${word}” in “${text.slice(0, 120)}”`,
  );
}

/** All that a page says: to who looks, to who hears, and on its tab. */
export function saidOn(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const said = [document.title];
    const isSaid = (element: Element) =>
      // What is marked as another language is meant so: what an administrator copies for support.
      !element.closest('[lang]:not(html)') &&
      !element.closest('script, style') &&
      // An option is told only when its list is open.
      (element.matches('option, optgroup') || element.checkVisibility({ visibilityProperty: true }));
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode())
      if (node.parentElement && isSaid(node.parentElement)) said.push(node.nodeValue ?? '');
    for (const element of document.body.querySelectorAll('*')) {
      if (!isSaid(element)) continue;
      for (const name of ['placeholder', 'title', 'aria-label', 'aria-description', 'aria-valuetext', 'alt'])
        said.push(element.getAttribute(name) ?? '');
    }
    return said.map((text) => text.trim()).filter((text) => text !== '');
  });
}
