/** Searches the whole catalogue while somebody types. */
import { useEffect, useState } from 'preact/hooks';
import { api, answer } from '../api/client';
import type { ListedMedication } from '../api/types';

/** After so many milliseconds without another letter. */
const PAUSE = 150;

const SHOWN = 20;

interface Found {
  items: ListedMedication[];
  /** Whether they are of what is typed now. */
  isSettled: boolean;
}

export function useSearch(text: string): Found {
  const [found, setFound] = useState<{ of: string; items: ListedMedication[] }>({ of: '', items: [] });
  const search = text.trim();
  useEffect(() => {
    if (search === '') return;
    let isWanted = true;
    const timer = setTimeout(() => {
      const query = { search, limit: SHOWN };
      answer(api.GET('/medications', { params: { query } })).then(
        ({ items }) => isWanted && setFound({ of: search, items }),
        // Without an answer the dispenser's own list is searched alone.
        () => isWanted && setFound({ of: search, items: [] }),
      );
    }, PAUSE);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [search]);
  if (search === '') return { items: [], isSettled: true };
  return { items: found.items, isSettled: found.of === search };
}
