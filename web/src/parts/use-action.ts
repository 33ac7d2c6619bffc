/** Something that a button does: once at a time, with what went wrong said. */
import { useCallback, useRef, useState } from 'preact/hooks';
import { sayTrouble } from './toasts';

interface Running<A extends unknown[]> {
  isBusy: boolean;
  run: (...values: A) => Promise<void>;
}

/** `onTrouble` says true when it has dealt with the error; otherwise it is told in a toast. */
export function useAction<A extends unknown[]>(
  act: (...values: A) => Promise<void>,
  onTrouble?: (error: unknown) => boolean,
): Running<A> {
  const [isBusy, setIsBusy] = useState(false);
  const busy = useRef(false);
  const run = useCallback(
    async (...values: A) => {
      if (busy.current) return;
      busy.current = true;
      setIsBusy(true);
      try {
        await act(...values);
      } catch (error) {
        if (!onTrouble?.(error)) sayTrouble(error);
      } finally {
        busy.current = false;
        setIsBusy(false);
      }
    },
    [act, onTrouble],
  );
  return { isBusy, run };
}
