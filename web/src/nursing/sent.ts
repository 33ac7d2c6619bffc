/** What is said after an order was sent: honestly where it stands, with six seconds to take it back. */
import { t } from '../language';
import { isOffline } from '../live/connection';
import { undo, UNDO, waiting } from '../outbox';
import { say } from '../parts/toasts';

export function saySent(id: string) {
  const words = t().nursing.sent;
  const standing = () => {
    const entry = waiting.value.find((entry) => entry.id === id);
    // What is not on this device any more is among the server's orders.
    if (!entry || entry.state.kind === 'accepted') return words.requested;
    if (entry.state.kind === 'refused') return words.refused;
    return isOffline.value ? words.kept : words.sending;
  };
  say(standing, {
    lasts: UNDO,
    action: {
      label: t().general.undo,
      do: () => void undo(id).then(() => say(words.undone)),
    },
  });
}
