/** A long list, part by part: the first when the screen opens, the next ones when they are wanted. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { asFailure, type Failure } from '../api/failure';

interface Pages<T> {
  /** What has been read so far; undefined before the first part. */
  items: T[] | undefined;
  failure: Failure | undefined;
  isLoading: boolean;
  hasMore: boolean;
  /** Reads the next part, or once more the one that could not be read. */
  more: () => Promise<void>;
}

interface State<T> {
  key: string;
  items?: T[];
  next?: string | undefined;
  failure?: Failure;
  isLoading: boolean;
}

type Page<T> = { items: T[]; next_cursor?: string | null };

/** Begins anew whenever `key` changes. */
export function usePages<T>(key: string, ask: (cursor: string | undefined) => Promise<Page<T>>): Pages<T> {
  const [state, setState] = useState<State<T>>({ key, isLoading: true });
  const count = useRef(0);
  const asking = useRef(ask);
  asking.current = ask;

  const read = useCallback(
    async (before: T[], cursor: string | undefined) => {
      count.current += 1;
      const mine = count.current;
      const kept = before.length > 0 ? { items: before, next: cursor } : {};
      setState({ key, ...kept, isLoading: true });
      try {
        const { items, next_cursor } = await asking.current(cursor);
        if (count.current === mine)
          setState({ key, items: [...before, ...items], next: next_cursor ?? undefined, isLoading: false });
      } catch (error) {
        if (count.current === mine) setState({ key, ...kept, failure: asFailure(error), isLoading: false });
      }
    },
    [key],
  );

  useEffect(() => {
    void read([], undefined);
    return () => {
      count.current += 1;
    };
  }, [read]);

  const current: State<T> = state.key === key ? state : { key, isLoading: true };
  return {
    items: current.items,
    failure: current.failure,
    isLoading: current.isLoading,
    hasMore: current.next !== undefined,
    more: () => read(current.items ?? [], current.next),
  };
}
