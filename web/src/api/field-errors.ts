/** What the server says of single fields, in the reader's own language. */
import { t } from '../language';
import { asFailure } from './failure';

/** By JSON Pointer, such as `/email`. */
export type FieldErrors = Partial<Record<string, string>>;

export function fieldErrors(error: unknown): FieldErrors {
  const { cause } = asFailure(error);
  if (cause.kind !== 'problem' || !cause.problem?.errors) return {};
  const { code, errors } = cause.problem;
  return Object.fromEntries(errors.map(({ pointer, detail }) => [pointer, wordsFor(code, detail)]));
}

/** The server's sentences are for developers, but each kind of them begins with the same words. */
function wordsFor(code: string, detail: string): string {
  const words = t().general.field;
  if (code === 'email_taken') return words.emailTaken;
  if (code === 'lot_taken') return words.lotTaken;
  if (code === 'taken') return words.taken;
  const [number = ''] = /\d+/.exec(detail) ?? [];
  if (detail.startsWith('must not be empty')) return t().general.required;
  if (detail.startsWith('must have at most')) return words.tooLong(number);
  if (detail.startsWith('must have at least')) return words.tooShort(number);
  if (detail.startsWith('must be an e-mail')) return words.email;
  if (detail.startsWith('must not contain')) return words.characters;
  if (detail.startsWith('is in the list already')) return words.inList;
  if (detail.startsWith('there is no such medication')) return words.notInUse;
  return words.wrong;
}
