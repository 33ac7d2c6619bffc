/**
 * What happens to orders, as it happens: `GET /orders/stream`, read anew from the last event whenever it breaks.
 *
 * A browser's own EventSource sends no token, gives up for good when it is told no, and does not notice a
 * connection that is silently dead. This one does: the server sends a sign of life every three seconds.
 */
import { signal, type Signal } from '@preact/signals';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { EventSourceMessage } from 'eventsource-parser';
import { ask } from '../api/ask';
import type { OrderEvent, Order } from '../api/types';
import { serverNow } from '../clock';
import { accessToken, sessionEnded } from '../session';

export interface StreamedEvent extends OrderEvent {
  order_id: string;
  order: Order;
}

export type Link = 'connecting' | 'live' | 'reconnecting';

interface Watch {
  link: Signal<Link>;
  /** When the server last said that it is in touch with its database, by its own time. */
  freshAt: Signal<number | undefined>;
  stop: () => void;
}

interface Told {
  /** An event, each once and in order. */
  onEvent: (event: StreamedEvent) => void;
  /** The stream begins, or can't go on where it was: read the lists anew. */
  onBegin: () => void;
  /** Who watches may not any more. */
  onEnd?: () => void;
}

/** Three signs of life that did not come. */
const SILENCE = 10_000;

/** Waits between attempts, in milliseconds. */
const WAITS = [250, 500, 1000, 2000, 3000];

export interface Which {
  /** Only orders that concern who is signed in. */
  isMine?: boolean;
  /** A wall screen has no one signed in, but a cookie. */
  by?: 'token' | 'cookie';
}

export function watch({ isMine = false, by = 'token' }: Which, told: Told): Watch {
  const link = signal<Link>('connecting');
  const freshAt = signal<number | undefined>(undefined);
  const stopped = new AbortController();
  let last: string | undefined;
  let attempt = 0;
  let wake: (() => void) | undefined;

  const hurry = () => {
    if (document.visibilityState === 'visible') wake?.();
  };
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);

  async function run() {
    while (!stopped.signal.aborted) {
      const isOver = await readOnce().catch(() => false);
      if (isOver) return;
      if (link.value === 'live') link.value = 'reconnecting';
      const wait = WAITS[Math.min(attempt, WAITS.length - 1)] ?? 3000;
      attempt += 1;
      // Not all at once when a server comes back.
      await pause(wait * (0.5 + Math.random()));
    }
  }

  function pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Reads until it breaks; true when it is over for good. */
  async function readOnce(): Promise<boolean> {
    const attemptOver = new AbortController();
    const abort = () => attemptOver.abort();
    stopped.signal.addEventListener('abort', abort);
    let watchdog = setTimeout(abort, SILENCE);
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (by === 'token') {
        const token = await accessToken();
        if (token) headers['authorization'] = `Bearer ${token}`;
      }
      if (last !== undefined) headers['last-event-id'] = last;
      const response = await ask(isMine ? '/orders/stream?mine=true' : '/orders/stream', {
        headers,
        signal: attemptOver.signal,
        cache: 'no-store',
      });
      if (response.status === 401 || response.status === 403) return end();
      if (!response.ok || !response.body) return false;
      const alive = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, out) {
          clearTimeout(watchdog);
          watchdog = setTimeout(abort, SILENCE);
          out.enqueue(chunk);
        },
      });
      const messages = response.body
        .pipeThrough(alive)
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
        .pipeThrough(new EventSourceParserStream())
        .getReader();
      // It goes on after `last`: what it is told next follows what is shown already.
      if (last !== undefined) connected();
      for (;;) {
        const { done, value } = await messages.read();
        if (done) return false;
        if (take(value)) return end();
      }
    } finally {
      clearTimeout(watchdog);
      stopped.signal.removeEventListener('abort', abort);
      abort();
    }
  }

  function connected() {
    attempt = 0;
    link.value = 'live';
  }

  function end(): boolean {
    if (by === 'token') sessionEnded();
    told.onEnd?.();
    return true;
  }

  /** True at the end of the session. */
  function take({ event, id, data }: EventSourceMessage): boolean {
    if (id !== undefined) last = id;
    switch (event) {
      case undefined:
        told.onEvent(JSON.parse(data) as StreamedEvent);
        return false;
      case 'hello':
      case 'resync':
        connected();
        freshAt.value = serverNow();
        told.onBegin();
        return false;
      case 'heartbeat': {
        const { at } = JSON.parse(data) as { at: string };
        connected();
        freshAt.value = Date.parse(at);
        return false;
      }
      case 'end':
        return true;
      default:
        // A newer server tells more than this app knows of.
        return false;
    }
  }

  void run();
  return {
    link,
    freshAt,
    stop: () => {
      stopped.abort();
      wake?.();
      removeEventListener('online', hurry);
      document.removeEventListener('visibilitychange', hurry);
    },
  };
}
