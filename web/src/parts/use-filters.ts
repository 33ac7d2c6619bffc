/** What narrows a list stands in the address: it can be gone back to, kept and sent to somebody. */
import { useLocation } from 'preact-iso';

export interface FilterValues<K extends string> {
  values: Partial<Record<K, string>>;
  /** How many are set. */
  count: number;
  /** Empty text takes one away. */
  set: (change: Partial<Record<K, string>>) => void;
  clear: () => void;
}

export function useFilters<K extends string>(names: readonly K[]): FilterValues<K> {
  const { query, path, route } = useLocation();
  const values: Partial<Record<K, string>> = {};
  for (const name of names) if (query[name]) values[name] = query[name];
  return {
    values,
    count: Object.keys(values).length,
    set: (change) => route(withFilters(path, { ...values, ...change }), true),
    clear: () => route(path, true),
  };
}

export function withFilters(path: string, values: Record<string, string | undefined>): string {
  const set = Object.entries(values).filter((entry): entry is [string, string] => !!entry[1]);
  return set.length > 0 ? `${path}?${new URLSearchParams(set).toString()}` : path;
}
