/** Catalogue imports: jobs on the server, each of which checks a file or writes it. */
import { accessToken } from '../session';
import { ask } from './ask';
import { api, answer } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type Import = Schemas['Import'];
export type ImportStatus = Import['status'];
export type CatalogueDialect = NonNullable<Import['dialect']>;
export type ImportRow = Schemas['Page_ImportRow']['items'][number];
/** What a row does to the catalogue. */
export type ImportVerdict = ImportRow['verdict'];

/** A file of 64 MB over a slow network. */
const TIME_OUT = 300_000;

/**
 * @throws {Failure}
 */
export async function startImport(file: File, isDryRun: boolean): Promise<Import> {
  const body = new FormData();
  body.append('dry_run', String(isDryRun));
  body.append('file', file, file.name);
  const token = await accessToken();
  return answer(
    ask('/medications/import', {
      method: 'POST',
      headers: { authorization: `Bearer ${token ?? ''}` },
      body,
      signal: AbortSignal.timeout(TIME_OUT),
    }).then(async (response) => {
      const said: unknown = await response.json().catch(() => undefined);
      return { response, ...(response.ok ? { data: said as Import } : { error: said }) };
    }),
  );
}

export async function listImports(): Promise<Import[]> {
  return (await answer(api.GET('/medications/imports'))).items;
}

export function getImport(id: string): Promise<Import> {
  return answer(api.GET('/medications/imports/{id}', { params: { path: { id } } }));
}

/** Rows of one verdict, or all; only those on which there is something to be said, if `withRemarks`. */
export function listImportRows(
  id: string,
  { verdict, withRemarks, cursor }: { verdict?: ImportVerdict; withRemarks?: boolean; cursor?: string },
) {
  const query = {
    ...(verdict && { verdict }),
    ...(withRemarks && { with_remarks: true }),
    ...(cursor && { cursor }),
  };
  return answer(api.GET('/medications/imports/{id}/rows', { params: { path: { id }, query } }));
}

export const remarksFile = (id: string) => `/medications/imports/${id}/remarks.csv`;

/** Nothing of it is in the catalogue then. */
export async function cancelImport(id: string): Promise<void> {
  await answer(api.POST('/medications/imports/{id}/cancel', { params: { path: { id } } }));
}
