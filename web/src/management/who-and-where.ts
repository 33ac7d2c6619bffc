/** People and dispensers by name, for filters and for what the record says by id only. */
import { api, allPages, answer } from '../api/client';
import type { Dispenser, User as WholeUser } from '../api/types';
import { readDispensers } from '../dispensers/dispensers';
import { useAnswer } from '../parts/use-answer';

type User = Pick<WholeUser, 'id' | 'name' | 'role'>;

function readUsers(): Promise<User[]> {
  return allPages((cursor) =>
    answer(api.GET('/users', { params: { query: { limit: 200, ...(cursor && { cursor }) } } })),
  );
}

export interface WhoAndWhere {
  users: User[];
  dispensers: Dispenser[];
  wards: string[];
}

/** Empty until it is there: what it is for works without, only less well. */
export function useWhoAndWhere(): WhoAndWhere {
  const users = useAnswer('users', readUsers, { isKept: true }).data ?? [];
  const dispensers = useAnswer('dispensers', readDispensers, { isKept: true }).data ?? [];
  const wards = [...new Set(dispensers.map(({ ward }) => ward))].sort((a, b) => a.localeCompare(b, 'pt-BR'));
  return { users, dispensers, wards };
}
