/** Last days on which something may be used: dates without a zone, at the hospital's today. */
import { now } from '../clock';
import { hospital } from '../hospital';

/** ISO, which compares as text. */
export function today(): string {
  const { time_zone } = hospital.value;
  return new Intl.DateTimeFormat('en-CA', { timeZone: time_zone, dateStyle: 'short' }).format(now.value);
}

export function isOver(expiresOn: string): boolean {
  return expiresOn !== '' && expiresOn < today();
}
