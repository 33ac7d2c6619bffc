/** Last days on which something may be used: dates without a zone, at the hospital's today. */
import { now } from '../clock';
import { hospital } from '../hospital';

/** ISO, which compares as text. */
function today(): string {
  const { time_zone } = hospital.value;
  return new Intl.DateTimeFormat('en-CA', { timeZone: time_zone, dateStyle: 'short' }).format(now.value);
}

export function isOver(expiresOn: string): boolean {
  return expiresOn !== '' && expiresOn < today();
}

/**
 * What somebody typed off a pack, as an ISO date: `28/02/2027`, `28022027`, or, as many packs have it, `02/2027`
 * for the last day of that month. Nothing, if it is no date.
 */
export function readExpiry(text: string): string | undefined {
  const typed = text.trim();
  const parts = /^\d+$/.test(typed) ? apart(typed) : typed.split(/[/.\-\s]+/);
  const [year, month, day] = parts.map(Number).reverse();
  if (year === undefined || month === undefined || parts.length > 3 || !/^\d{4}$/.test(parts.at(-1) ?? '')) {
    return undefined;
  }
  // Day 0 of the next month is the last of this one.
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const ofMonth = day ?? last;
  if (!(month >= 1 && month <= 12 && ofMonth >= 1 && ofMonth <= last)) return undefined;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(year)}-${two(month)}-${two(ofMonth)}`;
}

/** Digits without anything between them. */
function apart(digits: string): string[] {
  return digits.length === 8
    ? [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4)]
    : [digits.slice(0, 2), digits.slice(2)];
}
