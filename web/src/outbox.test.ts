import { beforeEach, expect, test, vi } from 'vitest';
import type { User } from './api/types';
import { now } from './clock';
import * as box from './outbox';
import { session } from './session';

/** What the server was asked, and how it answers. */
const asked: { method: string; path: string }[] = [];
let answers: (method: string, path: string) => Response | Promise<Response>;

const nurse: User = {
  id: '0197a000-0000-7000-8000-000000000001',
  name: 'Enfermagem',
  email: 'nurse@check.example',
  role: 'nurse',
  is_active: true,
  is_on_duty: false,
  may_order_controlled: false,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
};

const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

const names = { dispenser: 'UTI', ward: 'UTI', medications: { m: 'Dipirona' } };

const order = (id: string) => ({
  id,
  dispenser_id: 'd',
  priority: 'routine' as const,
  lines: [{ medication_id: 'm', quantity: 1 }],
});

vi.stubGlobal('fetch', async (input: Request | string, init?: RequestInit) => {
  const url = new URL(typeof input === 'string' ? input : input.url, 'http://botica.example');
  const method = typeof input === 'string' ? (init?.method ?? 'GET') : input.method;
  asked.push({ method, path: url.pathname });
  if (url.pathname !== '/login/refresh') return answers(method, url.pathname);
  return json(200, { access_token: 't', token_type: 'Bearer', expires_in: 600, user: nurse });
});

beforeEach(async () => {
  session.value = { kind: 'signed_in', user: nurse, isConfirmed: true };
  for (const { id } of box.waiting.value) await box.drop(id);
  asked.length = 0;
});

const places = (path: string) => asked.filter((one) => one.method === 'POST' && one.path === path).length;

test('an order is on the device before anything is sent, and stays until the server shows it', async () => {
  let isStored = false;
  answers = (method, path) => {
    if (method === 'POST' && path === '/orders') return json(202, { id: 'a', status: 'requested' });
    return isStored ? json(200, { id: 'a' }) : json(404, { code: 'not_found' });
  };
  await box.place(order('a'), names);
  expect(box.waiting.value.map(({ id }) => id)).toEqual(['a']);
  await vi.waitFor(() => expect(box.waiting.value[0]?.state.kind).toBe('accepted'));
  isStored = true;
  await vi.waitFor(() => expect(box.waiting.value).toEqual([]), { timeout: 5000 });
  expect(places('/orders')).toBe(1);
});

test('what can not be sent is tried again until it is', async () => {
  let failures = 3;
  answers = (method, path) => {
    if (method === 'POST' && path === '/orders') {
      failures -= 1;
      if (failures >= 0) throw new TypeError('no network');
      return json(202, { id: 'b', status: 'requested' });
    }
    return json(404, { code: 'not_found' });
  };
  await box.place(order('b'), names);
  expect(box.unsent.value).toHaveLength(1);
  await vi.waitFor(() => expect(box.waiting.value[0]?.state.kind).toBe('accepted'), { timeout: 10_000 });
  expect(places('/orders')).toBe(4);
}, 15_000);

test('what the server will never take is kept for a person, with the reason', async () => {
  answers = () =>
    json(422, { code: 'invalid_input', detail: 'lines/0/quantity must be at least 1', status: 422 });
  await box.place(order('c'), names);
  await vi.waitFor(() =>
    expect(box.waiting.value[0]?.state).toEqual({
      kind: 'refused',
      detail: 'lines/0/quantity must be at least 1',
    }),
  );
  expect(places('/orders')).toBe(1);
});

test('what was taken back before it was sent never is', async () => {
  answers = () => {
    throw new TypeError('no network');
  };
  await box.place(order('d'), names);
  await vi.waitFor(() => expect(places('/orders')).toBeGreaterThan(0));
  // It may have arrived: it is cancelled wherever it is.
  await box.undo('d');
  expect(box.waiting.value[0]?.state.kind).toBe('undone');
  answers = (_method, path) => (path === '/orders/d/cancel' ? json(200, { id: 'd' }) : json(500, {}));
  await vi.waitFor(() => expect(box.waiting.value).toEqual([]), { timeout: 10_000 });
  expect(places('/orders/d/cancel')).toBeGreaterThan(0);
}, 15_000);

test('after ten minutes somebody is asked, and nothing is sent before they said yes', async () => {
  answers = () => {
    throw new TypeError('no network');
  };
  await box.place(order('e'), names);
  await vi.waitFor(() => expect(places('/orders')).toBe(1));
  now.value = Date.now() + 11 * 60_000;
  expect(box.waiting.value.map(box.isLate)).toEqual([true]);
  const before = places('/orders');
  answers = (method, path) =>
    method === 'POST' && path === '/orders'
      ? json(202, { id: 'e', status: 'requested' })
      : json(404, { code: 'not_found' });
  box.hurry();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(places('/orders')).toBe(before);
  await box.stillNeeded('e');
  await vi.waitFor(() => expect(box.waiting.value[0]?.state.kind).toBe('accepted'), { timeout: 10_000 });
});

test('nobody’s session sends the orders of another user', async () => {
  answers = () => {
    throw new TypeError('no network');
  };
  await box.place(order('f'), names);
  session.value = {
    kind: 'signed_in',
    user: { ...nurse, id: '0197a000-0000-7000-8000-000000000002' },
    isConfirmed: true,
  };
  const before = places('/orders');
  expect(box.waiting.value).toEqual([]);
  expect(box.waitingCount.value).toBe(1);
  box.hurry();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(places('/orders')).toBe(before);
});
