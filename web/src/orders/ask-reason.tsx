/** Asks why, by one tap on one of the hospital's reasons. */
import { useState } from 'preact/hooks';
import { asFailure, inWords } from '../api/failure';
import type { ReasonGiven, ReasonList } from '../api/types';
import { t } from '../language';
import { Button } from '../parts/button';
import { Chips } from '../parts/chips';
import { Dialog } from '../parts/dialog';
import { TextArea } from '../parts/field';
import { useAction } from '../parts/use-action';
import { reasonsOf } from './reasons';

interface Props {
  title: string;
  list: ReasonList;
  /** What the button says that does it. */
  does: string;
  onGiven: (reason: ReasonGiven) => Promise<void>;
  onClose: () => void;
  /** Says true when it has told what stands in the way; otherwise that is told in general words. */
  onTrouble?: (error: unknown) => boolean;
}

export function AskReason({ title, list, does, onGiven, onClose, onTrouble }: Props) {
  const [reason, setReason] = useState<string>();
  const [note, setNote] = useState('');
  const [trouble, setTrouble] = useState<string>();
  const dealt = (error: unknown) => {
    // The same again may do: what was chosen stays.
    if (asFailure(error).isTransient) {
      setTrouble(inWords(error));
      return true;
    }
    // What is said about it in a toast would be behind the dialog.
    onClose();
    return onTrouble?.(error) ?? false;
  };
  const { isBusy, run } = useAction(async () => {
    if (reason === undefined) return;
    setTrouble(undefined);
    await onGiven(note.trim() ? { reason, note: note.trim() } : { reason });
    onClose();
  }, dealt);
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button kind="quiet" onClick={onClose}>
            {t().general.back}
          </Button>
          <Button kind="danger" isBusy={isBusy} disabled={reason === undefined} onClick={() => void run()}>
            {does}
          </Button>
        </>
      }
    >
      <Chips
        label={t().orders.reason}
        chips={reasonsOf(list).map(({ code, label }) => ({ value: code, label }))}
        value={reason}
        onChange={setReason}
      />
      <TextArea
        label={`${t().orders.note} (${t().general.optional})`}
        maxLength={500}
        value={note}
        onValue={setNote}
      />
      {trouble && (
        <p class="field-error" role="alert">
          {trouble}
        </p>
      )}
    </Dialog>
  );
}
