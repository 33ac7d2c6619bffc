/**
 * Asking the server. Paths, parameters and bodies are checked by the compiler against the server's own
 * description.
 *
 *     const order = await answer(api.GET('/orders/{id}', { params: { path: { id } } }));
 */
import createClient, { type ClientOptions, type Middleware } from 'openapi-fetch';
import { accessToken, sessionEnded } from '../session';
import { ask } from './ask';
import { asFailure, Failure } from './failure';
import type { paths } from './schema';
import type { Problem } from './types';

const ways: ClientOptions = {
  fetch: (request) => ask(request),
  // Several words of a filter have commas between them.
  querySerializer: { array: { style: 'form', explode: false } },
};

/** As who is signed in. */
export const api = createClient<paths>(ways);

/** As a wall screen, by its cookie: whoever may be signed in on this device has nothing to do with it. */
export const boardApi = createClient<paths>(ways);

const session: Middleware = {
  async onRequest({ request }) {
    const token = await accessToken();
    if (token) request.headers.set('authorization', `Bearer ${token}`);
    return request;
  },
  onResponse({ response }) {
    // The token was good when it was sent: the session was ended by somebody else.
    if (response.status === 401) sessionEnded();
  },
};

api.use(session);

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * What was asked for.
 *
 * @throws {Failure} whatever stood in the way.
 */
export async function answer<T>(asked: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await asked.catch((reason: unknown) => {
    throw asFailure(reason);
  });
  if (response.ok) return data as T;
  if (response.status === 401) throw new Failure({ kind: 'signed_out' });
  throw problem(response, error);
}

export function problem(response: Response, body: unknown): Failure {
  const isProblem = typeof body === 'object' && body !== null && 'code' in body;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new Failure({
    kind: 'problem',
    status: response.status,
    problem: isProblem ? (body as Problem) : undefined,
    retryAfter: Number.isNaN(retryAfter) ? undefined : retryAfter,
  });
}

/** All pages of a list, one after the other; `limit` of them is more than any screen shows. */
export async function allPages<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; next_cursor?: string | null }>,
  limit = 50,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let count = 0; count < limit; count += 1) {
    const { items: some, next_cursor } = await page(cursor);
    items.push(...some);
    if (!next_cursor) break;
    cursor = next_cursor;
  }
  return items;
}
