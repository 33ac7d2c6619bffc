/**
 * Asks before the app leaves a screen with something on it that is not saved. There is one such screen at a
 * time, at most.
 */

/** Asks, and goes on with `go` if it may. */
type Ask = (go: () => void) => void;

let held: { here: string; ask: Ask } | undefined;

/** Until what is given back is called. */
export function holdHere(ask: Ask): () => void {
  const mine = { here: location.href, ask };
  held = mine;
  return () => {
    if (held === mine) held = undefined;
  };
}

/** Has to be called before the router listens to the browser's history: who listens first hears it first. */
export function guardLeaving() {
  addEventListener('popstate', (event) => {
    if (!held) return;
    // The browser has gone back already: it comes here again, and somebody is asked.
    event.stopImmediatePropagation();
    history.pushState(null, '', held.here);
    held.ask(() => history.back());
  });
  addEventListener('beforeunload', (event) => {
    if (held) event.preventDefault();
  });
}
