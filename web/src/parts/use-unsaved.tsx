/** Asks before somebody leaves a screen with something on it that is not saved. */
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../language';
import { holdHere } from '../leaving';
import { Button } from './button';
import { Dialog } from './dialog';

interface Unsaved {
  /** For what leads away without being a link, such as a button that goes back. */
  leave: (go: () => void) => void;
  /** Leads away without asking: it is saved. */
  leaveSaved: (go: () => void) => void;
  /** To be shown on the screen. */
  dialog: ComponentChildren;
}

export function useUnsaved(isUnsaved: boolean): Unsaved {
  const { route } = useLocation();
  const [pending, setPending] = useState<() => void>();
  const isLeaving = useRef(false);
  const release = useRef<() => void>();

  useEffect(() => {
    if (!isUnsaved || isLeaving.current) return;
    const ask = (go: () => void) => setPending(() => go);
    release.current = holdHere(ask);
    const onClick = (event: MouseEvent) => {
      if (isLeaving.current || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      const link = event.composedPath().find((element) => element instanceof HTMLAnchorElement);
      if (!link || link.origin !== location.origin || link.hash !== '' || link.target === '_blank') return;
      if (link.download !== '') return;
      event.preventDefault();
      event.stopPropagation();
      ask(() => route(link.pathname + link.search));
    };
    document.addEventListener('click', onClick, true);
    return () => {
      release.current?.();
      document.removeEventListener('click', onClick, true);
    };
  }, [isUnsaved, route]);

  const leaveSaved = (go: () => void) => {
    isLeaving.current = true;
    release.current?.();
    go();
  };
  const words = t().general.unsaved;
  return {
    leave: (go) => (isUnsaved ? setPending(() => go) : go()),
    leaveSaved,
    dialog: pending && (
      <Dialog
        title={words.title}
        onClose={() => setPending(undefined)}
        actions={
          <>
            <Button
              kind="quiet"
              onClick={() => {
                setPending(undefined);
                leaveSaved(pending);
              }}
            >
              {words.leave}
            </Button>
            <Button kind="main" onClick={() => setPending(undefined)}>
              {words.stay}
            </Button>
          </>
        }
      >
        <p>{words.text}</p>
      </Dialog>
    ),
  };
}
