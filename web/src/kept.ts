/** The last answers, for when there is no network: dispensers, what they hold, reasons. */
import { database } from './database';

export async function keptAnswer<T>(key: string): Promise<{ at: number; answer: T } | undefined> {
  try {
    const row = await (await database()).get('kept', key);
    return row && { at: row.at, answer: row.answer as T };
  } catch {
    return undefined;
  }
}

export async function keepAnswer(key: string, answer: unknown): Promise<void> {
  try {
    await (await database()).put('kept', { key, at: Date.now(), answer });
  } catch {
    // A device that keeps nothing shows nothing without a network.
  }
}
