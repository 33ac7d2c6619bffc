/** What somebody has begun to order: it survives a closed app, a lost session and a new version. */
import { database, type Draft } from './database';

const key = (userId: string, dispenserId: string) => `${userId} ${dispenserId}`;

/** A draft of yesterday is not what is needed today. */
const OLD = 12 * 60 * 60_000;

export async function draftOf(userId: string, dispenserId: string): Promise<Draft | undefined> {
  try {
    const draft = await (await database()).get('drafts', key(userId, dispenserId));
    return draft && Date.now() - draft.changedAt < OLD ? draft : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a draft; one with nothing in it is forgotten. */
export async function keepDraft(
  userId: string,
  dispenserId: string,
  draft: Omit<Draft, 'key' | 'changedAt'>,
) {
  try {
    const db = await database();
    const isEmpty = Object.keys(draft.quantities).length === 0 && !draft.note;
    if (isEmpty) await db.delete('drafts', key(userId, dispenserId));
    else await db.put('drafts', { key: key(userId, dispenserId), changedAt: Date.now(), ...draft });
  } catch {
    // The screen still has it.
  }
}
