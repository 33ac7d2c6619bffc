/** Asks before what can't be undone, and does it; the rest is done at once and can be taken back. */
import type { LucideIcon } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { t } from '../language';
import { Button } from './button';
import { Dialog } from './dialog';
import { sayTrouble } from './toasts';
import { useAction } from './use-action';

interface Props {
  title: string;
  /** What the button says that does it. */
  does: string;
  icon?: LucideIcon;
  /** The main thing on the screen, rather than a loss. */
  isMain?: boolean;
  onDo: () => Promise<void>;
  onClose: () => void;
  /** What follows from it. */
  children: ComponentChildren;
}

export function AskFirst({ title, does, icon, isMain, onDo, onClose, children }: Props) {
  const act = useAction(
    async () => {
      await onDo();
      onClose();
    },
    (error) => {
      // What is said about it in a toast would be behind the dialog.
      onClose();
      sayTrouble(error);
      return true;
    },
  );
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button kind="quiet" onClick={onClose}>
            {t().general.back}
          </Button>
          <Button
            kind={isMain ? 'main' : 'danger'}
            {...(icon && { icon })}
            isBusy={act.isBusy}
            onClick={() => void act.run()}
          >
            {does}
          </Button>
        </>
      }
    >
      <p>{children}</p>
    </Dialog>
  );
}
