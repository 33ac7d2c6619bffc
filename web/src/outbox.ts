/**
 * Orders on their way: written to this device first, then sent, again and again, until the server has
 * promised to keep them. An order's id is made here, so sending it twice makes one order.
 */
import { computed, effect, signal } from '@preact/signals';
import { api, answer } from './api/client';
import { asFailure } from './api/failure';
import type { PlaceOrder } from './api/types';
import { now, serverNow } from './clock';
import { database, type Waiting } from './database';
import { session, user } from './session';

/** An order that has waited for longer may not be needed any more: somebody is asked. */
const LATE = 10 * 60_000;

/** Waits between attempts, in milliseconds: an order goes out within seconds after the network is back. */
const WAITS = [500, 1000, 2000, 3000];

/** Waits for what the server has promised to keep and does not show yet. */
const LOOKS = [500, 1000, 2000, 5000, 10_000];

/** What was taken back and has not turned up by then never arrived. */
const FORGOTTEN = 24 * 60 * 60_000;

/** How long who has sent an order can take it back by one tap. */
export const UNDO = 6000;

const all = signal<Waiting[]>([]);

/** What this user has on this device, oldest first. */
export const waiting = computed(() => all.value.filter(({ userId }) => userId === user.value?.id));

/** Those that the server has not promised to keep yet. */
export const unsent = computed(() => waiting.value.filter(({ state }) => state.kind === 'waiting'));

/** How many orders wait on this device, whoever placed them: not what they are. */
export const waitingCount = computed(() => all.value.filter(({ state }) => state.kind === 'waiting').length);

const tabs = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('botica.outbox');
tabs?.addEventListener('message', () => void reread());

/** Those whose sending has begun, so that it is not known whether the server has them. */
const attempted = new Set<string>();

/** Those that the server shows by now: they can be taken back for some seconds more. */
const settled = new Map<string, Waiting>();

let attempt = 0;
let retry: ReturnType<typeof setTimeout> | undefined;
const sending = { isUnderWay: false, isAskedAgain: false };

/** Reads what an earlier run of the app left, and begins to send. Call it once. */
export async function openOutbox() {
  await reread();
  // What was begun before may have arrived.
  for (const { id } of all.value) attempted.add(id);
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') hurry();
  });
  effect(() => {
    if (session.value.kind === 'signed_in') hurry();
  });
}

/** Whether somebody has to say that an order is still needed before it is sent. */
export function isLate(entry: Waiting): boolean {
  return entry.state.kind === 'waiting' && !entry.isStillNeeded && now.value - entry.placedAt > LATE;
}

/**
 * Keeps an order on this device and begins to send it.
 *
 * @throws when the device can't keep it: then nothing was sent.
 */
export async function place(order: PlaceOrder & { id: string }, names: Waiting['names']): Promise<void> {
  const userId = user.value?.id;
  if (!userId) throw new Error('nobody is signed in');
  const entry: Waiting = {
    id: order.id,
    userId,
    order,
    names,
    placedAt: serverNow(),
    state: { kind: 'waiting' },
  };
  await write(entry);
  hurry();
}

/** Takes an order back: it is not sent, or is cancelled where it arrived. */
export async function undo(id: string): Promise<void> {
  const entry = all.value.find((entry) => entry.id === id) ?? settled.get(id);
  if (!entry) return;
  if (attempted.has(id)) await write({ ...entry, state: { kind: 'undone' } });
  else await drop(id);
  hurry();
}

/** Somebody said that a late order is still needed. */
export async function stillNeeded(id: string): Promise<void> {
  const entry = all.value.find((entry) => entry.id === id);
  if (entry) await write({ ...entry, isStillNeeded: true });
  hurry();
}

/** Forgets an order that the server refused, or that it shows by now. */
export async function drop(id: string): Promise<void> {
  await (await database()).delete('waiting', id);
  await reread();
  tabs?.postMessage('changed');
}

/** Tries at once: something says that the network is there. */
export function hurry() {
  attempt = 0;
  void sendAll();
}

async function write(entry: Waiting) {
  await (await database()).put('waiting', entry);
  await reread();
  tabs?.postMessage('changed');
}

async function reread() {
  const entries = await (await database()).getAll('waiting');
  all.value = entries.sort((a, b) => a.placedAt - b.placedAt);
}

async function sendAll() {
  if (sending.isUnderWay) {
    sending.isAskedAgain = true;
    return;
  }
  clearTimeout(retry);
  sending.isUnderWay = true;
  let left: number;
  try {
    do {
      left = await sendEach();
    } while (askedAgain());
  } finally {
    sending.isUnderWay = false;
  }
  if (left === 0 || session.value.kind !== 'signed_in') return;
  const waits = unsent.value.length > 0 ? WAITS : LOOKS;
  retry = setTimeout(() => void sendAll(), waits[Math.min(attempt, waits.length - 1)]);
  attempt += 1;
}

function askedAgain(): boolean {
  const wasAsked = sending.isAskedAgain;
  sending.isAskedAgain = false;
  return wasAsked;
}

/** How many have to be tried again. */
async function sendEach(): Promise<number> {
  let left = 0;
  for (const { id } of waiting.value) {
    const entry = waiting.value.find((entry) => entry.id === id);
    if (entry && !(await advance(entry))) left += 1;
  }
  return left;
}

/** Brings an order one step on; false when it has to be tried again. */
async function advance(entry: Waiting): Promise<boolean> {
  try {
    switch (entry.state.kind) {
      case 'waiting':
        if (isLate(entry)) return true;
        return await send(entry);
      case 'undone':
        return await cancel(entry);
      case 'accepted':
        return await lookFor(entry);
      case 'refused':
        return true;
    }
  } catch {
    // No answer, or one that says nothing of this order, such as the end of the session.
    return false;
  }
}

async function send(entry: Waiting): Promise<boolean> {
  attempted.add(entry.id);
  try {
    await answer(api.POST('/orders', { body: entry.order, params: {} }));
  } catch (error) {
    const failure = asFailure(error);
    if (failure.isTransient || failure.cause.kind === 'signed_out') return false;
    const detail =
      failure.cause.kind === 'problem' ? (failure.cause.problem?.detail ?? failure.message) : failure.message;
    await change(entry.id, { kind: 'refused', detail });
    return true;
  }
  await change(entry.id, { kind: 'accepted' });
  return false;
}

/** It may be taken back while it is being sent: then that counts. */
async function change(id: string, state: Waiting['state']) {
  const entry = all.value.find((entry) => entry.id === id);
  if (entry?.state.kind === 'waiting') await write({ ...entry, state });
}

/** The server promised to keep it before it can be read there; once it can, it is the server's. */
async function lookFor(entry: Waiting): Promise<boolean> {
  const { id } = entry;
  try {
    await answer(api.GET('/orders/{id}', { params: { path: { id } } }));
  } catch (error) {
    if (asFailure(error).status === 404) return false;
    throw error;
  }
  settled.set(id, entry);
  setTimeout(() => settled.delete(id), 2 * UNDO);
  await drop(id);
  return true;
}

async function cancel({ id, placedAt }: Waiting): Promise<boolean> {
  const reason = { reason: 'ordered_by_mistake' };
  try {
    await answer(api.POST('/orders/{id}/cancel', { params: { path: { id } }, body: reason }));
  } catch (error) {
    const failure = asFailure(error);
    if (failure.status === 404 && serverNow() - placedAt < FORGOTTEN) return false;
    // It has gone too far: the order's own screen shows how it stands.
    if (failure.isTransient || failure.cause.kind === 'signed_out') return false;
  }
  await drop(id);
  return true;
}
