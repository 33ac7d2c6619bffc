/** What can be done with an order that one does not have in hand. */
import { CircleX, Hand, Undo2 } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { OrderWithEvents } from '../api/types';
import { t } from '../language';
import { AskCancel } from '../orders/ask-cancel';
import { AskReason } from '../orders/ask-reason';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { usePharmacyBook } from './pharmacy-book';
import { ServerButton } from './server-button';
import { accept, cancel, reject, release, sayWhyNot } from './steps';

interface Props {
  order: OrderWithEvents;
  /** Is told how the order stands after a step. */
  took: (order: OrderWithEvents) => void;
  /** Has it read anew. */
  again: () => void;
}

export function OrderActions({ order, took, again }: Props) {
  const words = t().pharmacy.order;
  const book = usePharmacyBook();
  const [asking, setAsking] = useState<'reject' | 'cancel'>();
  const isRefused = (error: unknown) => {
    again();
    return sayWhyNot(error);
  };
  const take = useAction(async () => {
    took(await accept(book, order));
    say(t().pharmacy.queue.accepted);
  }, isRefused);
  const giveBack = useAction(async () => {
    took(await release(book, order));
    say(words.released);
  }, isRefused);
  return (
    <div class="bar-buttons">
      {order.status === 'requested' && (
        <ServerButton
          kind="main"
          icon={Hand}
          isWide
          isBusy={take.isBusy}
          aria-keyshortcuts="A Enter"
          onClick={() => void take.run()}
        >
          {t().pharmacy.queue.accept}
        </ServerButton>
      )}
      <div class="bar-row">
        {order.status === 'requested' && (
          <ServerButton
            kind="danger"
            icon={CircleX}
            aria-keyshortcuts="R"
            onClick={() => setAsking('reject')}
          >
            {words.reject}
          </ServerButton>
        )}
        {order.status === 'accepted' && (
          <ServerButton icon={Undo2} isBusy={giveBack.isBusy} onClick={() => void giveBack.run()}>
            {words.release}
          </ServerButton>
        )}
        {order.status !== 'requested' && (
          <ServerButton kind="danger" icon={CircleX} onClick={() => setAsking('cancel')}>
            {t().orders.cancel}
          </ServerButton>
        )}
      </div>
      {asking === 'reject' && (
        <AskReason
          title={words.rejectWhy}
          list="reject"
          does={words.reject}
          onClose={() => setAsking(undefined)}
          onGiven={async (reason) => {
            took(await reject(book, order, reason));
            say(words.rejected);
          }}
          onTrouble={isRefused}
        />
      )}
      {asking === 'cancel' && (
        <AskCancel
          onClose={() => setAsking(undefined)}
          onGiven={async (reason) => took(await cancel(book, order, reason))}
          onTrouble={isRefused}
        />
      )}
    </div>
  );
}
