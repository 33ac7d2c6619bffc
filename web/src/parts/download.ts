/** Files from the server: a plain link can't bring the token that they want. */
import { ask } from '../api/ask';
import { problem } from '../api/client';
import { asFailure, Failure } from '../api/failure';
import { accessToken, sessionEnded } from '../session';

/** An export of a whole year is written while it is sent. */
const TIME_OUT = 120_000;

/**
 * What is at an address of the server's.
 *
 * @throws {Failure} whatever stood in the way.
 */
export async function fetchFile(path: string): Promise<Response> {
  const token = await accessToken();
  const response = await ask(path, {
    headers: { authorization: `Bearer ${token ?? ''}` },
    signal: AbortSignal.timeout(TIME_OUT),
  }).catch((error: unknown) => {
    throw asFailure(error);
  });
  if (response.ok) return response;
  if (response.status === 401) {
    sessionEnded();
    throw new Failure({ kind: 'signed_out' });
  }
  throw problem(response, await response.json().catch(() => undefined));
}

/** Saves it on this device, under a name in the reader's language: the server's names are English. */
export async function download(path: string, name: string) {
  saveBlob(await (await fetchFile(path)).blob(), name);
}

export function saveBlob(blob: Blob, name: string) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read it only after the click is over.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
