/** Why Botica did not take an order, in the reader's language: the server writes it for logs, in English. */
import { t } from '../language';

type Words = ReturnType<typeof t>['orders']['refusals'];

const kinds: [RegExp, (words: Words, ...parts: string[]) => string][] = [
  [/^there is no dispenser /, (words) => words.dispenser],
  [/^there is no medication /, (words) => words.medication],
  [
    /may not order controlled medications, and this order has (.+): an administrator/,
    (words, named = '') => words.controlled(named.replace(/\(list (\S+)\)/g, '($1)')),
  ],
];

/** Nothing, if it is something else. */
export function refusalInWords(refusal: string): string | undefined {
  for (const [kind, say] of kinds) {
    const match = kind.exec(refusal);
    if (match) return say(t().orders.refusals, ...match.slice(1));
  }
  return undefined;
}
