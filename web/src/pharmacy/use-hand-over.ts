/** What of an order is about to be handed over: how much of each line, and of which lots. */
import { useCallback, useState } from 'preact/hooks';
import type { Order, OrderLine } from '../api/types';
import { isOver } from './expiry';
import type { Delivery } from './steps';

/** Units of one lot, or of one that is not known. */
export interface Part {
  key: number;
  quantity: number;
  lot: string;
  /** ISO, or nothing. */
  expiresOn: string;
}

interface Begun {
  /** How much was due when it was begun: after a delivery it begins anew. */
  due: number;
  parts: Part[];
}

type Lines = Record<string, Begun | undefined>;

/** What was begun stays while another screen is looked at. */
const begun = new Map<string, Lines>();

let keys = 0;

const part = (quantity: number, lot = '', expiresOn = ''): Part => ({
  key: (keys += 1),
  quantity,
  lot,
  expiresOn,
});

export interface HandOver {
  partsOf: (line: OrderLine) => Part[];
  change: (line: OrderLine, key: number, change: Partial<Omit<Part, 'key'>>) => void;
  add: (line: OrderLine) => void;
  remove: (line: OrderLine, key: number) => void;
  /** A pack of the line was scanned. */
  take: (line: OrderLine, lot: string, expiresOn: string) => void;
  /** Begins anew, after it was handed over. */
  forget: () => void;
  /** Units. */
  total: number;
  due: number;
  hasExpired: boolean;
  lines: NonNullable<Delivery['lines']>;
}

export function useHandOver(order: Order): HandOver {
  const [lines, setLines] = useState<Lines>(() => begun.get(order.id) ?? {});

  const put = useCallback(
    (line: OrderLine, next: (parts: Part[]) => Part[]) =>
      setLines((before) => {
        const after = { ...before, [line.id]: { due: line.remaining, parts: next(read(before, line)) } };
        begun.set(order.id, after);
        return after;
      }),
    [order.id],
  );

  const all = order.lines.flatMap((line) => read(lines, line).map((part) => ({ line, part })));
  return {
    partsOf: (line) => read(lines, line),
    change: (line, key, change) =>
      put(line, (parts) => parts.map((part) => (part.key === key ? { ...part, ...change } : part))),
    add: (line) => put(line, (parts) => withRoom(line, parts, part(0))),
    remove: (line, key) => put(line, (parts) => parts.filter((part) => part.key !== key)),
    take: (line, lot, expiresOn) => put(line, (parts) => withPack(line, parts, lot, expiresOn)),
    forget: () => {
      begun.delete(order.id);
      setLines({});
    },
    total: all.reduce((sum, { part }) => sum + part.quantity, 0),
    due: order.lines.reduce((sum, { remaining }) => sum + remaining, 0),
    hasExpired: all.some(({ part }) => part.quantity > 0 && isOver(part.expiresOn)),
    lines: deliveryLines(all),
  };
}

/** All that is left, of a lot that is not known, until somebody says otherwise. */
function read(lines: Lines, line: OrderLine): Part[] {
  const kept = lines[line.id];
  if (kept?.due === line.remaining) return kept.parts;
  if (line.remaining === 0) return [];
  return [{ key: 0, quantity: line.remaining, lot: '', expiresOn: '' }];
}

/** Adds a part with what is not spoken for; if nothing is, with one unit of the part before it. */
function withRoom(line: OrderLine, parts: Part[], added: Part): Part[] {
  const free = line.remaining - parts.reduce((sum, { quantity }) => sum + quantity, 0);
  if (free > 0) return [...parts, { ...added, quantity: free }];
  const giver = parts.findLast(({ quantity }) => quantity > 1);
  if (!giver) return [...parts, added];
  return [
    ...parts.map((part) => (part === giver ? { ...part, quantity: part.quantity - 1 } : part)),
    { ...added, quantity: 1 },
  ];
}

function withPack(line: OrderLine, parts: Part[], lot: string, expiresOn: string): Part[] {
  const same = parts.find((part) => part.lot === lot && lot !== '');
  if (same) return parts.map((part) => (part === same && expiresOn ? { ...part, expiresOn } : part));
  const open = parts.find((part) => part.lot === '');
  if (open) return parts.map((part) => (part === open ? { ...part, lot, expiresOn } : part));
  return withRoom(line, parts, part(0, lot, expiresOn));
}

/** As the server takes them: each lot of a line once. */
function deliveryLines(all: { line: OrderLine; part: Part }[]): NonNullable<Delivery['lines']> {
  const lots = new Map<string, NonNullable<Delivery['lines']>[number]>();
  for (const { line, part } of all) {
    if (part.quantity === 0) continue;
    const lot = part.lot.trim() || null;
    const expires_on = part.expiresOn || null;
    const key = JSON.stringify([line.id, lot, expires_on]);
    const before = lots.get(key)?.quantity ?? 0;
    lots.set(key, { line_id: line.id, quantity: before + part.quantity, lot, expires_on });
  }
  return [...lots.values()];
}
