import { allPages, answer, api } from '../api/client';
import type { Dispenser, Ward } from '../api/types';

export function readWards(): Promise<Ward[]> {
  return allPages((cursor) =>
    answer(api.GET('/wards', { params: { query: { limit: 200, ...(cursor && { cursor }) } } })),
  );
}

/** Wards may share a name: wing and floor tell them apart. */
export function standsOn({ ward, wing, floor }: Dispenser, on: Ward): boolean {
  return ward === on.name && (wing ?? null) === (on.wing ?? null) && (floor ?? null) === (on.floor ?? null);
}

export function placeOf({ wing, floor }: { wing?: string | null; floor?: string | null }): string {
  return [wing, floor].filter(Boolean).join(' · ');
}
