/** From the code of a label to its dispenser; without a network, among those that this device knows. */
import { api, answer } from '../api/client';
import { asFailure, inWords } from '../api/failure';
import type { Dispenser } from '../api/types';
import { plainCode } from '../dispensers/label-code';
import { keptAnswer } from '../kept';
import { t } from '../language';
import { say } from '../parts/toasts';
import { places } from '../places';

/** Says where to go by `go`, or what is wrong with the code. True when it went. */
export async function openByCode(text: string, go: (path: string) => void): Promise<boolean> {
  const code = plainCode(text);
  const kept = await keptAnswer<Dispenser[]>('dispensers');
  const known = kept?.answer.find((dispenser) => dispenser.code === code);
  if (known) {
    go(places.dispenser(known.id));
    return true;
  }
  try {
    const dispenser = await answer(api.GET('/dispensers/by-code/{code}', { params: { path: { code } } }));
    go(places.dispenser(dispenser.id));
    return true;
  } catch (error) {
    const { status } = asFailure(error);
    const words = t().nursing.scanner;
    say(status === 404 ? words.unknown : status === 422 ? words.notALabel : inWords(error), { isBad: true });
    return false;
  }
}
