/** Days as the hospital counts them: midnight there is not midnight in UTC. Days are `2026-03-09`. */
import { serverNow } from './clock';
import { hospital } from './hospital';

export function today(): string {
  return new Date(serverNow() + offsetAt(serverNow())).toISOString().slice(0, 10);
}

export function daysLater(day: string, count: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}

/** The instant at which a day begins. */
export function beginOf(day: string): string {
  const utc = Date.parse(`${day}T00:00:00Z`);
  // The clocks may be set between the two: what holds at midnight counts.
  const guess = utc - offsetAt(utc);
  return new Date(utc - offsetAt(guess)).toISOString();
}

/** How much the hospital's clocks are ahead of UTC at an instant, in milliseconds. */
function offsetAt(instant: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: hospital.value.time_zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((part) => part.type === type)?.value ?? 0);
  const there = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return there - Math.floor(instant / 1000) * 1000;
}
