/** The one way to the server: with a deadline, and with what every answer, or its absence, tells. */
import { serverSaid } from '../clock';
import { serverAnswered } from '../live/connection';

/** Longer than the server takes for anything (it gives up after 15 s), so that its answer is the one that counts. */
const TIME_OUT = 20_000;

/** As `fetch`. A request with a signal of its own has its own end. */
export async function ask(input: RequestInfo, init: RequestInit = {}): Promise<Response> {
  try {
    const response = await fetch(input, { signal: AbortSignal.timeout(TIME_OUT), ...init });
    serverAnswered(true);
    serverSaid(response.headers.get('date'));
    return response;
  } catch (error) {
    // Who called it off says nothing of the server.
    if (!init.signal?.aborted) serverAnswered(false);
    throw error;
  }
}
