/**
 * Who is signed in on this device.
 *
 * The refresh cookie keeps the session; scripts can't read it. The access token lives in memory, is renewed
 * before it ends, and is shared among tabs so that they do not fight over the cookie. Without a network the
 * last user goes on as they were: what they order waits on the device until the server has been asked.
 */
import { computed, signal } from '@preact/signals';
import { ask as request } from './api/ask';
import { Failure } from './api/failure';
import type { Problem, SignedIn, User } from './api/types';

type Session =
  | { kind: 'opening' }
  | { kind: 'signed_out'; hasEnded: boolean }
  /** `isConfirmed` is false as long as the server could not be asked. */
  | { kind: 'signed_in'; user: User; isConfirmed: boolean };

export const session = signal<Session>({ kind: 'opening' });

export const user = computed(() => (session.value.kind === 'signed_in' ? session.value.user : undefined));

const USER = 'botica.user';
/** Somebody signed out, and the server does not know yet. */
const LEAVING = 'botica.leaving';
/** A token is renewed so long before its end, in milliseconds: a request that is under way outlives it. */
const MARGIN = 30_000;

interface Token {
  text: string;
  /** By this device's clock. */
  until: number;
}

let token: Token | undefined;
let renewal: Promise<void> | undefined;

type Told = { kind: 'renewed'; token: Token; user: User } | { kind: 'signed_out'; hasEnded: boolean };
const tabs = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('botica.session');
tabs?.addEventListener('message', ({ data }: MessageEvent<Told>) => {
  if (data.kind === 'renewed') take(data.token, data.user);
  else forget(data.hasEnded);
});

/** Finds out who is signed in. Call it once. */
export async function openSession() {
  if (kept(LEAVING)) await leave();
  if (kept(LEAVING)) {
    session.value = { kind: 'signed_out', hasEnded: false };
    return;
  }
  const last = remembered();
  // Whoever was signed in sees their screens at once, and the server's word when it comes.
  if (last) session.value = { kind: 'signed_in', user: last, isConfirmed: false };
  try {
    await renew();
  } catch {
    if (!last) session.value = { kind: 'signed_out', hasEnded: false };
  }
}

/**
 * @throws {Failure}
 */
export async function signIn(email: string, password: string) {
  const response = await ask('/login', { email, password });
  if (!response.ok) throw await failureOf(response);
  keep(LEAVING, undefined);
  welcome((await response.json()) as SignedIn);
}

export async function signOut() {
  tell({ kind: 'signed_out', hasEnded: false });
  keep(LEAVING, '1');
  await leave();
}

/** Has the server end the session and clear its cookie: without a network, when there is one again. */
async function leave() {
  const response = await ask('/logout').catch(() => undefined);
  if (response?.ok) keep(LEAVING, undefined);
}

/** The server does not know the session any more. */
export function sessionEnded() {
  tell({ kind: 'signed_out', hasEnded: true });
}

/** Replaces what is known of the user, after they changed something of their own. */
export function userChanged(changed: User) {
  if (token) tell({ kind: 'renewed', token, user: changed });
}

/**
 * A token that is good for the next request; nothing for who is not signed in.
 *
 * @throws {Failure} when it has to be renewed and can't be now.
 */
export async function accessToken(): Promise<string | undefined> {
  if (session.value.kind === 'signed_out') return undefined;
  if (!token || token.until - MARGIN < Date.now()) await renew();
  return token?.text;
}

/** One renewal at a time, in this tab and, where the browser has locks, among all tabs. */
function renew(): Promise<void> {
  renewal ??= exclusively(renewNow).finally(() => (renewal = undefined));
  return renewal;
}

async function exclusively(work: () => Promise<void>): Promise<void> {
  if (!('locks' in navigator)) return work();
  await navigator.locks.request('botica.session', work);
}

async function renewNow() {
  // Another tab may have done it while this one waited.
  if (token && token.until - MARGIN > Date.now()) return;
  const response = await ask('/login/refresh');
  if (response.ok) welcome((await response.json()) as SignedIn);
  else if (response.status === 401) {
    tell({ kind: 'signed_out', hasEnded: remembered() !== undefined });
    throw new Failure({ kind: 'signed_out' });
  } else throw await failureOf(response);
}

async function ask(path: string, body?: object): Promise<Response> {
  const content = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  try {
    return await request(path, { method: 'POST', ...content });
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    throw new Failure({ kind: isLate ? 'timed_out' : 'offline' });
  }
}

async function failureOf(response: Response): Promise<Failure> {
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  const retryAfter = Number(response.headers.get('retry-after')) || undefined;
  return new Failure({ kind: 'problem', status: response.status, problem, retryAfter });
}

function welcome({ access_token, expires_in, user }: SignedIn) {
  tell({ kind: 'renewed', token: { text: access_token, until: Date.now() + expires_in * 1000 }, user });
}

function tell(told: Told) {
  if (told.kind === 'renewed') take(told.token, told.user);
  else forget(told.hasEnded);
  tabs?.postMessage(told);
}

function take(renewed: Token, user: User) {
  token = renewed;
  remember(user);
  session.value = { kind: 'signed_in', user, isConfirmed: true };
}

function forget(hasEnded: boolean) {
  token = undefined;
  remember(undefined);
  if (session.value.kind !== 'signed_out') session.value = { kind: 'signed_out', hasEnded };
}

function remembered(): User | undefined {
  const text = kept(USER);
  return text === undefined ? undefined : (JSON.parse(text) as User);
}

function remember(user: User | undefined) {
  keep(USER, user && JSON.stringify(user));
}

function kept(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function keep(key: string, text: string | undefined) {
  try {
    if (text === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // A browser that keeps nothing needs the network at the next start.
  }
}
