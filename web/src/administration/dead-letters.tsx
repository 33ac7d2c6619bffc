import { MailCheck, RotateCcw, Trash2 } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import type { DeadLetter } from '../api/types';
import { t } from '../language';
import { ago, dateTime } from '../language/format';
import { Button } from '../parts/button';
import { Dialog } from '../parts/dialog';
import { TextArea } from '../parts/field';
import { Screen } from '../parts/screen';
import { Empty, Loading, Trouble } from '../parts/states';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { useAnswer } from '../parts/use-answer';
import { user } from '../session';
import './dead-letters.css';

/** Messages that could not be processed, the newest first. */
export function DeadLetters() {
  const words = t().administration.deadLetters;
  const [older, setOlder] = useState<{ items: DeadLetter[]; cursor: string | null }>();
  const { data, failure, again } = useAnswer('dead letters', () => readPart());
  const cursor = older ? older.cursor : (data?.next_cursor ?? null);
  const more = useAction(async () => {
    if (!cursor) return;
    const { items, next_cursor } = await readPart(cursor);
    setOlder({ items: [...(older?.items ?? []), ...items], cursor: next_cursor ?? null });
  });
  const fresh = async () => {
    setOlder(undefined);
    await again();
  };
  const letters = [...(data?.items ?? []), ...(older?.items ?? [])];
  return (
    <Screen title={words.title} isWide>
      <p class="soft">{words.about}</p>
      {failure && <Trouble error={failure} again={() => void again()} />}
      {!data && !failure && <Loading rows={4} />}
      {data && letters.length === 0 && <Empty icon={MailCheck}>{words.none}</Empty>}
      {letters.length > 0 && (
        <ul class="cards">
          {letters.map((letter) => (
            <Letter key={letter.id} letter={letter} onDecided={fresh} />
          ))}
        </ul>
      )}
      {cursor && (
        <Button kind="quiet" isBusy={more.isBusy} onClick={() => void more.run()}>
          {t().general.more}
        </Button>
      )}
    </Screen>
  );
}

interface LetterProps {
  letter: DeadLetter;
  onDecided: () => Promise<void>;
}

function Letter({ letter, onDecided }: LetterProps) {
  const words = t().administration.deadLetters;
  const { message_id, kind, reason, first_seen_at, last_seen_at, seen, body_text, body_base64 } = letter;
  return (
    <li class="card letter">
      <div class="card-head">
        <strong>{because(reason)}</strong>
        <span class="soft">{ago(last_seen_at)}</span>
      </div>
      <dl class="letter-facts">
        <div>
          <dt>{words.last}</dt>
          <dd>{dateTime(last_seen_at)}</dd>
        </div>
        <div>
          <dt>{words.first}</dt>
          <dd>{dateTime(first_seen_at)}</dd>
        </div>
        <div>
          <dt>{words.seen}</dt>
          <dd>{words.times(seen)}</dd>
        </div>
        <div>
          <dt>{words.kind}</dt>
          <dd>{kind ?? '—'}</dd>
        </div>
        <div>
          <dt>{words.message}</dt>
          <dd>{message_id ?? words.noId}</dd>
        </div>
      </dl>
      <details>
        <summary>{words.body}</summary>
        <p class="soft">
          {words.detail}: <span lang="en">{reason}</span>
        </p>
        {typeof body_text !== 'string' && <p class="soft">{words.binary}</p>}
        <pre tabIndex={0}>{body_text ?? body_base64}</pre>
      </details>
      {letter.state === 'replaying' && <p class="soft">{words.isReplaying}</p>}
      {letter.state === 'waiting' && user.value?.role === 'admin' && (
        <Decide id={letter.id} onDecided={onDecided} />
      )}
    </li>
  );
}

/** An admin has it processed again, or gives it up for a reason. */
function Decide({ id, onDecided }: { id: string; onDecided: () => Promise<void> }) {
  const words = t().administration.deadLetters;
  const params = { path: { id } };
  const [isAsking, setIsAsking] = useState(false);
  const [reason, setReason] = useState('');
  const replay = useAction(async () => {
    await answer(api.POST('/dead-letters/{id}/replay', { params }));
    await onDecided();
  });
  const discard = useAction(async () => {
    await answer(api.POST('/dead-letters/{id}/discard', { params, body: { reason: reason.trim() } }));
    setIsAsking(false);
    say(words.discarded);
    await onDecided();
  });
  return (
    <div class="row">
      <Button icon={RotateCcw} isBusy={replay.isBusy} onClick={() => void replay.run()}>
        {words.replay}
      </Button>
      <Button kind="danger" icon={Trash2} onClick={() => setIsAsking(true)}>
        {words.discard}
      </Button>
      {isAsking && (
        <Dialog
          title={words.discardTitle}
          onClose={() => setIsAsking(false)}
          actions={
            <>
              <Button kind="quiet" onClick={() => setIsAsking(false)}>
                {t().general.back}
              </Button>
              <Button
                kind="danger"
                isBusy={discard.isBusy}
                disabled={reason.trim() === ''}
                onClick={() => void discard.run()}
              >
                {words.discard}
              </Button>
            </>
          }
        >
          <p>{words.discardWhat}</p>
          <TextArea label={words.why} maxLength={500} value={reason} onValue={setReason} />
        </Dialog>
      )}
    </div>
  );
}

function readPart(cursor?: string) {
  return answer(api.GET('/dead-letters', { params: { query: { limit: 50, ...(cursor && { cursor }) } } }));
}

/** The reason is written for who looks after the server; each kind of it begins with the same words. */
function because(reason: string): string {
  const words = t().administration.deadLetters.because;
  if (reason.startsWith('the body is not an order')) return words.notAnOrder;
  if (reason.startsWith('messages of type')) return words.unknownType;
  if (reason.startsWith('the body has version')) return words.newerVersion;
  if (reason.startsWith('its id is taken') || reason.startsWith('an order with the id')) return words.idTaken;
  if (reason.startsWith('the database refused')) return words.database;
  if (reason.startsWith('its reader')) return words.reader;
  if (reason.startsWith('the broker gave it up')) return words.givenUp;
  return reason;
}
