/** What this device keeps in IndexedDB: orders that wait, drafts, and the last answers for when there is no network. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { MedicationRef, PlaceOrder } from './api/types';

/** An order on its way to the server. */
export interface Waiting {
  /** The order's id, made here: sending it twice is harmless. */
  id: string;
  /** Who placed it; nobody else's session sends it. */
  userId: string;
  order: PlaceOrder;
  /** What its lines and its dispenser are called, to show it without the server. */
  names: { dispenser: string; ward: string; medications: Record<string, string> };
  /** Milliseconds since 1970, by the server's time. */
  placedAt: number;
  state:
    | { kind: 'waiting' }
    /** The server has promised to keep it; it stays here until the server shows it. */
    | { kind: 'accepted' }
    /** It was undone before it was known whether the server had it: it is to be cancelled there. */
    | { kind: 'undone' }
    /** The server will never take it as it is. */
    | { kind: 'refused'; detail: string };
  /** Set when somebody was asked whether a late order is still needed, and said yes. */
  isStillNeeded?: boolean;
}

/** What somebody has begun to order at a dispenser. */
export interface Draft {
  /** User and dispenser. */
  key: string;
  quantities: Record<string, number>;
  /** Medications that the dispenser does not hold, as the catalogue has them. */
  others?: Record<string, MedicationRef>;
  note?: string;
  changedAt: number;
}

interface Schema extends DBSchema {
  waiting: { key: string; value: Waiting };
  drafts: { key: string; value: Draft };
  kept: { key: string; value: { key: string; at: number; answer: unknown } };
}

// Newer versions add to it and take nothing away: an order that an older app left must be found.
const VERSION = 1;

let opened: Promise<IDBPDatabase<Schema>> | undefined;

export function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('botica', VERSION, {
    upgrade(db) {
      db.createObjectStore('waiting', { keyPath: 'id' });
      db.createObjectStore('drafts', { keyPath: 'key' });
      db.createObjectStore('kept', { keyPath: 'key' });
    },
    // A tab with a newer app wants to upgrade it; this one opens it again when it next needs it.
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
      opened = undefined;
    },
    terminated() {
      opened = undefined;
    },
  });
  opened.catch(() => (opened = undefined));
  return opened;
}
