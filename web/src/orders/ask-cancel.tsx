/** Asks why an order is cancelled, and says that it is. */
import type { ReasonGiven } from '../api/types';
import { t } from '../language';
import { say } from '../parts/toasts';
import { AskReason } from './ask-reason';

interface Props {
  onGiven: (reason: ReasonGiven) => Promise<void>;
  onClose: () => void;
  onTrouble?: (error: unknown) => boolean;
}

export function AskCancel({ onGiven, ...rest }: Props) {
  const words = t().orders;
  return (
    <AskReason
      title={words.cancelWhy}
      list="cancel"
      does={words.cancel}
      onGiven={async (reason) => {
        await onGiven(reason);
        say(words.cancelled);
      }}
      {...rest}
    />
  );
}
