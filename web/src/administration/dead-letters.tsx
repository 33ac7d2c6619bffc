import { MailCheck } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { answer, api } from '../api/client';
import type { DeadLetter } from '../api/types';
import { t } from '../language';
import { ago, dateTime } from '../language/format';
import { Button } from '../parts/button';
import { Screen } from '../parts/screen';
import { Empty, Loading, Trouble } from '../parts/states';
import { useAction } from '../parts/use-action';
import { useAnswer } from '../parts/use-answer';
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
            <Letter key={letter.id} letter={letter} />
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

function Letter({ letter }: { letter: DeadLetter }) {
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
    </li>
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
  return reason;
}
