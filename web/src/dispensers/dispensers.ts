/** The hospital's dispensers and what they hold, kept on this device: a ward must find its own without a network. */
import { api, answer, allPages } from '../api/client';
import type { Dispenser, Holding } from '../api/types';
import { user } from '../session';

export function readDispensers(): Promise<Dispenser[]> {
  return allPages((cursor) =>
    answer(api.GET('/dispensers', { params: { query: { limit: 200, ...(cursor && { cursor }) } } })),
  );
}

export async function readHoldings(id: string): Promise<Holding[]> {
  const { items } = await answer(api.GET('/dispensers/{id}/medications', { params: { path: { id } } }));
  return items;
}

const RECENT = 4;

const recentKey = () => `botica.recent.${user.value?.id ?? ''}`;

/** The ids of those where this user ordered last, on this device. */
export function recentDispensers(): string[] {
  try {
    return JSON.parse(localStorage.getItem(recentKey()) ?? '[]') as string[];
  } catch {
    return [];
  }
}

export function wasHere(id: string) {
  try {
    const ids = [id, ...recentDispensers().filter((other) => other !== id)].slice(0, RECENT);
    localStorage.setItem(recentKey(), JSON.stringify(ids));
  } catch {
    // Then there are no recent ones.
  }
}

/** Words as they are compared: without case and accents. */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Whether each word of a search begins a word of the text. */
export function matches(search: string, text: string): boolean {
  const words = folded(text).split(/[^\p{L}\p{N}%]+/u);
  return folded(search)
    .split(/\s+/)
    .filter((word) => word !== '')
    .every((begin) => words.some((word) => word.startsWith(begin)));
}
