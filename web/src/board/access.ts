/**
 * Whether this browser may look on: by the token in its address, which the server makes a cookie of, and from
 * then on by that cookie. The token leaves the address as soon as the server has judged it.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { answer, boardApi } from '../api/client';
import { asFailure, type Failure } from '../api/failure';

type Access =
  | { kind: 'asking'; failure?: Failure }
  | { kind: 'may_look' }
  /** `isWrong`: a token was given, and is not good. */
  | { kind: 'shut'; isWrong: boolean };

/** After a power cut the screen is up before the network is. */
const RETRY = 3000;
/** A board that is shut may have been so by mistake; nobody comes by to try again. */
const RETRY_SHUT = 60_000;

export function useAccess(): { access: Access; ask: (token?: string) => Promise<void> } {
  const [access, setAccess] = useState<Access>({ kind: 'asking' });
  const count = useRef(0);

  const ask = useCallback(async (token?: string) => {
    count.current += 1;
    const mine = count.current;
    const isLast = () => count.current === mine;
    while (isLast()) {
      try {
        if (token) await answer(boardApi.POST('/boards/open', { body: { token } }));
        else await answer(boardApi.GET('/orders', { params: { query: { limit: 1 } } }));
        if (!isLast()) return;
        clearAddress();
        setAccess({ kind: 'may_look' });
        return;
      } catch (error) {
        const failure = asFailure(error);
        if (!isLast()) return;
        if (!failure.isTransient) {
          clearAddress();
          setAccess({ kind: 'shut', isWrong: token !== undefined });
          return;
        }
        setAccess({ kind: 'asking', failure });
        await new Promise((resolve) => setTimeout(resolve, RETRY));
      }
    }
  }, []);

  useEffect(() => {
    const open = () => {
      const token = tokenOf(location.href);
      if (token) void ask(token);
    };
    void ask(tokenOf(location.href));
    // An address with a token that is typed over this one loads nothing anew.
    addEventListener('hashchange', open);
    return () => {
      count.current += 1;
      removeEventListener('hashchange', open);
    };
  }, [ask]);

  const isShut = access.kind === 'shut';
  useEffect(() => {
    if (!isShut) return;
    const timer = setInterval(() => {
      boardApi.GET('/orders', { params: { query: { limit: 1 } } }).then(
        ({ response }) => response.ok && setAccess({ kind: 'may_look' }),
        () => undefined,
      );
    }, RETRY_SHUT);
    return () => clearInterval(timer);
  }, [isShut]);

  return { access, ask };
}

/** The token in an address, or the text itself where it is none. */
export function tokenOf(text: string): string | undefined {
  const at = text.indexOf('#');
  if (at >= 0) return text.slice(at + 1).trim() || undefined;
  return text.includes('/') ? undefined : text.trim() || undefined;
}

function clearAddress() {
  if (location.hash) history.replaceState(history.state, '', location.pathname);
}
