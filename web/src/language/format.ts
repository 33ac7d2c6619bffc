/** Times, days and numbers as people read them, in the hospital's time zone. */
import { now } from '../clock';
import { hospital } from '../hospital';
import { locale, t } from '.';

const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale.value} ${hospital.value.time_zone} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale.value, { timeZone: hospital.value.time_zone, ...options });
    formats.set(key, format);
  }
  return format;
}

const day = { day: '2-digit', month: '2-digit', year: 'numeric' } as const;
const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** `09/03/2026 14:05` */
export function dateTime(at: string | number | Date): string {
  return dateFormat({ ...day, ...time })
    .format(new Date(at))
    .replace(',', '');
}

/** `14:05`, and the day too if it is not today. */
export function timeOfDay(at: string | number | Date): string {
  const instant = new Date(at);
  const isToday = dateFormat(day).format(instant) === dateFormat(day).format(now.value);
  return isToday
    ? dateFormat(time).format(instant)
    : dateFormat({ day: '2-digit', month: '2-digit', ...time })
        .format(instant)
        .replace(',', '');
}

/** `14:05` */
export function clockTime(at: string | number | Date): string {
  return dateFormat(time).format(new Date(at));
}

/** `09/03/2026` */
export function date(at: string | number | Date): string {
  return dateFormat(day).format(new Date(at));
}

/** A date without a zone, such as an expiry: `2027-02-28` as `28/02/2027`, wherever it is read. */
export function plainDate(isoDate: string): string {
  const [year, month, ofMonth] = isoDate.split('-');
  return `${ofMonth ?? ''}/${month ?? ''}/${year ?? ''}`;
}

/** `12.345,60` */
export function number(value: number, digits = 0): string {
  return value.toLocaleString(locale.value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `há 7 min`; rendered anew as time goes by. */
export function ago(at: string | number): string {
  const seconds = Math.max(0, Math.floor((now.value - new Date(at).getTime()) / 1000));
  const { time } = t().general;
  if (seconds < 5) return time.now;
  if (seconds < 60) return time.secondsAgo(seconds);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return time.minutesAgo(minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return time.hoursAgo(hours, minutes % 60);
  return time.daysAgo(Math.floor(hours / 24));
}

/** `7 min`, `1 h 20 min`: how long something took or has lasted. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const { time } = t().general;
  if (seconds < 60) return time.seconds(seconds);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? time.minutes(minutes) : time.hours(Math.floor(minutes / 60), minutes % 60);
}

/** `3:07`, `1:20:05`: a timer that runs. */
export function timer(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours > 0
    ? `${String(hours)}:${two(minutes)}:${two(seconds % 60)}`
    : `${String(minutes)}:${two(seconds % 60)}`;
}
