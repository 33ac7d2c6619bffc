/** The catalogue, a part at a time: all of it, or what a search finds. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import { asFailure, type Failure } from '../api/failure';
import type { ListedMedication } from '../api/types';

/** After so many milliseconds without another letter. */
const PAUSE = 200;

const PART = 50;

interface State {
  items?: ListedMedication[];
  cursor?: string | null;
  failure?: Failure;
  isLoading: boolean;
}

interface Catalogue {
  /** Those of the search before stay until there are others. */
  items: ListedMedication[] | undefined;
  failure: Failure | undefined;
  isLoading: boolean;
  hasMore: boolean;
  more: () => void;
  again: () => void;
}

export function useCatalogue(text: string): Catalogue {
  const [state, setState] = useState<State>({ isLoading: true });
  const search = text.trim();
  // What comes after something else was asked for is nobody's.
  const asked = useRef(0);

  const read = useCallback(
    (cursor?: string) => {
      const mine = (asked.current += 1);
      setState(({ items, cursor = null }) => ({ ...(items && { items }), cursor, isLoading: true }));
      const query = { limit: PART, ...(search && { search }), ...(cursor && { cursor }) };
      answer(api.GET('/medications', { params: { query } })).then(
        ({ items, next_cursor }) => {
          if (mine !== asked.current) return;
          setState(({ items: before = [] }) => ({
            items: cursor ? [...before, ...items] : items,
            cursor: next_cursor ?? null,
            isLoading: false,
          }));
        },
        (error: unknown) => {
          if (mine !== asked.current) return;
          setState((before) => ({ ...before, failure: asFailure(error), isLoading: false }));
        },
      );
    },
    [search],
  );

  useEffect(() => {
    const timer = setTimeout(read, search === '' ? 0 : PAUSE);
    return () => {
      clearTimeout(timer);
      asked.current += 1;
    };
  }, [read, search]);

  const { items, cursor, failure, isLoading } = state;
  return {
    items,
    failure,
    isLoading,
    hasMore: Boolean(cursor),
    more: () => cursor && read(cursor),
    again: () => read(),
  };
}
