/** What was asked of the server, on a screen: it loads, is there, or is in trouble; an older answer stays meanwhile. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { asFailure, type Failure } from '../api/failure';
import { keepAnswer, keptAnswer } from '../kept';

export interface Answer<T> {
  /** The newest answer there is; an older one while `failure` says why there is none that is newer. */
  data: T | undefined;
  failure: Failure | undefined;
  isLoading: boolean;
  /** Asks anew; the answer so far stays until then. */
  again: () => Promise<void>;
  /** Takes what another answer said. */
  put: (data: T) => void;
}

/**
 * Asks when the screen opens, and anew whenever `key` changes. With `isKept`, the last answer is kept on this
 * device under the key and shown until there is a newer one, also without a network.
 */
export function useAnswer<T>(key: string, ask: () => Promise<T>, { isKept = false } = {}): Answer<T> {
  const [state, setState] = useState<{ key: string; data?: T; failure?: Failure; isLoading: boolean }>({
    key,
    isLoading: true,
  });
  const asked = useRef({ key: '', count: 0 });
  const asking = useRef(ask);
  asking.current = ask;

  const again = useCallback(async () => {
    asked.current = { key, count: asked.current.count + 1 };
    const { count } = asked.current;
    // What comes after another key was asked for, or the screen is gone, is nobody's.
    const isWanted = () => asked.current.count === count;
    let isAnswered = false;
    setState((before) => (before.key === key ? { ...before, isLoading: true } : { key, isLoading: true }));
    if (isKept) {
      void keptAnswer<T>(key).then((kept) => {
        if (kept && isWanted() && !isAnswered)
          setState((before) => ({ ...before, data: before.data ?? kept.answer }));
      });
    }
    try {
      const data = await asking.current();
      isAnswered = true;
      if (isWanted()) setState({ key, data, isLoading: false });
      if (isKept) void keepAnswer(key, data);
    } catch (error) {
      const failure = asFailure(error);
      if (isWanted()) setState((before) => ({ ...before, failure, isLoading: false }));
    }
  }, [key, isKept]);

  useEffect(() => {
    void again();
    return () => {
      asked.current = { key: '', count: asked.current.count + 1 };
    };
  }, [again]);

  const put = useCallback((data: T) => setState({ key, data, isLoading: false }), [key]);
  const current = state.key === key ? state : { data: undefined, failure: undefined, isLoading: true };
  return { data: current.data, failure: current.failure, isLoading: current.isLoading, again, put };
}
