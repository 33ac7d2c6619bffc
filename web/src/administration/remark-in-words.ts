/** What the server remarks on a row of a file, in the reader's language: it writes for files and logs, in English. */
import { t } from '../language';

type Words = ReturnType<typeof t>['administration']['remarks'];

const kinds: [RegExp, (words: Words, ...parts: string[]) => string][] = [
  [/^its registration stands again/, (words) => words.standsAgain],
  [/^its registration has ended/, (words) => words.hasEnded],
  [/^its registration is now (\S+)$/, (words, number = '') => words.registered(number)],
  [/^it is in use again/, (words) => words.inUse],
  [/^it is out of use/, (words) => words.outOfUse],
  [/^marks (\d+) medications?$/, (words, count = '') => words.marked(Number(count))],
  [/^no medication has this substance/, (words) => words.noSubstance],
  [
    /^(\S+) of (\d+) medications? is another and stays so: (.+)$/,
    (words, mark = '', count = '', names = '') =>
      words.markStays(words.fields[mark] ?? mark, Number(count), named(words, names)),
  ],
  [
    /^(\S+) of (\d+) medications? is not set, as another line says otherwise: (.+)$/,
    (words, mark = '', count = '', names = '') =>
      words.markDisputed(words.fields[mark] ?? mark, Number(count), named(words, names)),
  ],
  [
    /^the medication \S+ \((.+)\) has the registration (\d+), the file says (\d+)/,
    (words, name = '', is = '', says = '') => words.otherRegistration(name, is, says),
  ],
  [
    /^the registration (\d+) is that of the medication \S+ \((.+)\): give that id/,
    (words, number = '', name = '') => words.registrationOf(number, name),
  ],
  [/^the substance has no word/, (words) => words.noWord],
  [/^tall_man must be the substance/, (words) => words.tallMan],
  [/^(.+): is a formula that failed/, (words, column = '') => words.formula(column)],
  [/^(.+): has a character that is not/, (words, column = '') => words.encoding(column)],
  [/^(.+): must not contain control characters/, (words, column = '') => words.characters(column)],
  [/^(.+): must be an id as the export/, (words, column = '') => words.id(column)],
  [/^(.+): must be a day such as/, (words, column = '') => words.day(column)],
  [/^line (\d+) has it already/, (words, line = '') => words.duplicate(line)],
  [
    /^(\S+) is (.+) and stays so; the file says (.+)$/,
    (words, field = '', is = '', says = '') =>
      words.stays(words.fields[field] ?? field, valueOf(field, is), valueOf(field, says)),
  ],
  [
    /^(\S+) is now (.+)$/,
    (words, field = '', is = '') => words.becomes(words.fields[field] ?? field, valueOf(field, is)),
  ],
  [/^no medication has the registration (\d+)/, (words, number = '') => words.noRegistration(number)],
  [/^has (\d+) cells where the header has (\d+)/, (words, has = '', of = '') => words.cells(has, of)],
  [/^(.+): must not be empty/, (words, column = '') => words.empty(column)],
  [/^(.+): must have at most (\d+)/, (words, column = '', most = '') => words.tooLong(column, most)],
  [
    /^(.+): must be one of (.+), is "(.*)"$/,
    (words, column = '', of = '', is = '') => words.oneOf(column, of, is),
  ],
  [
    /^(.+): must be sim or não, is "(.*)"$/,
    (words, column = '', is = '') => words.oneOf(column, 'sim, não', is),
  ],
  [
    /^(.+): must be (vermelha.+), is "(.*)"$/,
    (words, column = '', of = '', is = '') => words.oneOf(column, of.replace(' or ', ' ou '), is),
  ],
  [
    /^(.+): must have (\d+) digits, has (\d+)$/,
    (words, column = '', wanted = '', has = '') => words.digits(column, wanted, has),
  ],
  [
    /^(.+): must (?:have digits only|not be zero|be a (?:whole )?number)/,
    (words, column = '') => words.number(column),
  ],
  [/^(.+): must be a price/, (words, column = '') => words.price(column)],
];

export function remarkInWords(remark: string): string {
  for (const [kind, say] of kinds) {
    const match = kind.exec(remark);
    if (match) return say(t().administration.remarks, ...match.slice(1));
  }
  return remark;
}

/** Names, of which there may be more than are told. */
function named(words: Words, names: string): string {
  return names.replace(/ and (\d+) more$/, (_, more) => ` ${words.andMore(Number(more))}`);
}

/** Why a file can't be read; nothing, if it is something else. */
export function unreadableInWords(failure: string): string | undefined {
  const words = t().administration.imports.unreadable;
  if (failure.includes('the file is empty')) return words.empty;
  if (failure.includes('the file is too large')) return words.tooLarge;
  if (failure.includes('password-protected Excel')) return words.oldExcel;
  if (failure.includes('this is not a table')) return words.notATable;
  if (failure.includes('the Excel file is damaged')) return words.damaged;
  if (failure.includes('no header found')) return words.noHeader;
  return failure.includes('more than once') ? words.columnTwice : undefined;
}

/** A band by its words; what else there is, is the same in all languages. */
function valueOf(field: string, value: string): string {
  const tarjas: Record<string, string> = t().general.marks.tarja;
  return field === 'tarja' ? (tarjas[value] ?? value).toLocaleLowerCase() : value;
}
