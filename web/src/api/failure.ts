/** Why an answer did not come or said no, and what to tell about it. */
import { t } from '../language';
import type { Problem } from './types';

type Cause =
  /** No answer: no network, or nobody at the other end. */
  | { kind: 'offline' }
  | { kind: 'timed_out' }
  /** The session is over: sign in again. */
  | { kind: 'signed_out' }
  | { kind: 'problem'; status: number; problem: Problem | undefined; retryAfter: number | undefined };

export class Failure extends Error {
  constructor(override readonly cause: Cause) {
    super(cause.kind === 'problem' ? `${String(cause.status)} ${cause.problem?.code ?? ''}` : cause.kind);
    this.name = 'Failure';
  }

  /** Whether the same again may do later. */
  get isTransient(): boolean {
    const { cause } = this;
    if (cause.kind !== 'problem') return cause.kind !== 'signed_out';
    return cause.status >= 500 || cause.status === 408 || cause.status === 425 || cause.status === 429;
  }

  get status(): number | undefined {
    return this.cause.kind === 'problem' ? this.cause.status : undefined;
  }

  get code(): string | undefined {
    return this.cause.kind === 'problem' ? this.cause.problem?.code : undefined;
  }
}

export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return new Failure({ kind: 'timed_out' });
  }
  return new Failure({ kind: 'offline' });
}

/** What to say of it on the screen, in the reader's own language: the server's texts are for developers. */
export function inWords(error: unknown): string {
  const { failure } = t().general;
  const cause = asFailure(error).cause;
  switch (cause.kind) {
    case 'offline':
      return failure.offline;
    case 'timed_out':
      return failure.timedOut;
    case 'signed_out':
      return t().signingIn.ended;
    case 'problem':
      if (cause.status === 403) return failure.forbidden;
      if (cause.status === 404) return failure.notFound;
      if (cause.status === 409 || cause.status === 412) return failure.conflict;
      if (cause.status === 413) return failure.tooLarge;
      if (cause.status === 429) return failure.tooMany(cause.retryAfter ?? 60);
      if (cause.status === 400 || cause.status === 422) return failure.invalid;
      return cause.status >= 500 ? failure.unavailable : failure.unexpected;
  }
}
