/** The time, as the server has it: a ward's phone may be minutes off, and "há 7 min" must not be. */
import { signal } from '@preact/signals';

/** How much the server is ahead of this device, in milliseconds. */
let ahead = 0;

/** Milliseconds since 1970, moving on each second. */
export const now = signal(Date.now());

/** Takes the time from an answer's `Date` header or a heartbeat. Its resolution is a second, so less is noise. */
export function serverSaid(at: string | null) {
  const server = at === null ? Number.NaN : Date.parse(at);
  if (Number.isNaN(server)) return;
  const difference = server - Date.now();
  if (Math.abs(difference - ahead) > 1500) {
    ahead = difference;
    now.value = serverNow();
  }
}

/** The server's time at this very moment. */
export function serverNow(): number {
  return Date.now() + ahead;
}

export function startClock() {
  setInterval(() => (now.value = serverNow()), 1000);
}
