/** Catalogue imports: jobs on the server, each of which checks a file or writes it. */
import { ask as askServer } from './ask';
import { problem } from './client';
import { asFailure, Failure } from './failure';
import { accessToken, sessionEnded } from '../session';

export type ImportStatus = 'running' | 'done' | 'cancelled' | 'failed' | 'interrupted';

/** What a row does to the catalogue. */
export type ImportVerdict = 'new' | 'changed' | 'same' | 'duplicate' | 'rejected';

export interface Import {
  id: string;
  status: ImportStatus;
  /** The file's name. */
  file: string;
  /** Whether it only says what would be written. */
  is_dry_run: boolean;
  /** What the file turned out to be. */
  dialect: string | null;
  /** What it is at. */
  phase: 'reading' | 'checking' | 'writing';
  /** How many rows of those that differ are written. */
  progress: { done: number; of: number };
  /** Somebody called it off, and it has not stopped yet. */
  is_cancel_requested: boolean;
  /** When it is done; a verdict that no row has may be left out. */
  counts: Partial<Record<ImportVerdict, number>> | null;
  by: { id: string; name: string };
  started_at: string;
  finished_at: string | null;
  /** Why it failed or was interrupted. */
  reason: string | null;
  /** Whether what it said of each row is still kept: only the last imports keep it. */
  has_rows: boolean;
}

export interface ImportRow {
  line: number;
  verdict: ImportVerdict;
  remarks: string[];
}

export interface Part<T> {
  items: T[];
  next_cursor: string | null;
}

/** A file of 64 MB over a slow network. */
const TIME_OUT = 300_000;

export function startImport(file: File, isDryRun: boolean): Promise<{ id: string; status: ImportStatus }> {
  const body = new FormData();
  body.append('dry_run', String(isDryRun));
  body.append('file', file, file.name);
  return ask('', { method: 'POST', body });
}

export function listImports(): Promise<Part<Import>> {
  return ask('');
}

export function getImport(id: string): Promise<Import> {
  return ask(`/${id}`);
}

/** Rows of one verdict, or all; only those on which there is something to be said, if `withRemarks`. */
export function listImportRows(
  id: string,
  { verdict, withRemarks, cursor }: { verdict?: ImportVerdict; withRemarks?: boolean; cursor?: string },
): Promise<Part<ImportRow>> {
  const query = new URLSearchParams();
  if (verdict) query.set('verdict', verdict);
  if (withRemarks) query.set('with_remarks', 'true');
  if (cursor) query.set('cursor', cursor);
  return ask(`/${id}/rows?${query.toString()}`);
}

export const remarksFile = (id: string) => `/medications/imports/${id}/remarks.csv`;

/** Nothing of it is in the catalogue then. */
export function cancelImport(id: string): Promise<void> {
  return ask(`/${id}/cancel`, { method: 'POST' });
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const token = await accessToken();
  const address = init.body ? '/medications/import' : `/medications/imports${path}`;
  const response = await askServer(address, {
    ...init,
    headers: { authorization: `Bearer ${token ?? ''}` },
    signal: AbortSignal.timeout(TIME_OUT),
  }).catch((error: unknown) => {
    throw asFailure(error);
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body as T;
  if (response.status === 401) {
    sessionEnded();
    throw new Failure({ kind: 'signed_out' });
  }
  throw problem(response, body);
}
