/** The wall screen: nobody's hands are on it, for days. It looks on by a cookie of its own, whoever is signed in. */
import { effect } from '@preact/signals';
import { Hourglass, PackageOpen, Truck } from 'lucide-preact';
import { useEffect, useMemo } from 'preact/hooks';
import { inWords } from '../api/failure';
import { now } from '../clock';
import { t } from '../language';
import { isUnanswered } from '../orders/unanswered';
import { preferences } from '../preferences';
import { takeNewVersion } from '../shell-update';
import { useAccess } from './access';
import { useAwake } from './awake';
import { columnsOf, openBoardBook } from './board-book';
import { BoardColumn } from './board-column';
import { BoardHead, StaleBanner } from './board-head';
import { Shut } from './shut';
import { remember } from './since';
import { useFreshness } from './use-freshness';
import './board.css';

/** Reading all anew forgets what has left the wall, and mends whatever went wrong unnoticed. */
const REREAD = 10 * 60_000;

export default function Board() {
  const { access, ask } = useAccess();
  useAwake();
  useDark();
  useEffect(() => effect(() => takeNewVersion.value?.()), []);
  const title = `${t().board.title} · ${t().general.botica}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  if (access.kind === 'shut') return <Shut isWrong={access.isWrong} onToken={ask} />;
  if (access.kind === 'may_look') return <Looking onEnd={() => void ask()} />;
  return (
    <main class="board board-asking" role="status">
      <p>{t().board.connecting}</p>
      {access.failure && <p>{inWords(access.failure)}</p>}
    </main>
  );
}

function Looking({ onEnd }: { onEnd: () => void }) {
  const words = t().board;
  const book = useMemo(() => openBoardBook(onEnd), []);
  useEffect(() => {
    const stop = book.listen(remember);
    const timer = setInterval(book.reread, REREAD);
    return () => {
      stop();
      clearInterval(timer);
      book.close();
    };
  }, [book]);
  const isEnded = book.failure.value?.cause.kind === 'signed_out';
  useEffect(() => {
    if (isEnded) onEnd();
  }, [isEnded]);
  const freshness = useFreshness(book);
  const { waiting, inCare, onTheWay, delivered } = columnsOf(book.orders.value.values(), now.value);
  const unanswered = waiting.filter(({ order }) => isUnanswered(order)).length;
  return (
    <main class="board">
      <BoardHead freshness={freshness} />
      <StaleBanner freshness={freshness} />
      {book.isRead.value ? (
        <div class="board-columns">
          <BoardColumn
            title={words.waiting}
            icon={Hourglass}
            orders={waiting}
            unanswered={unanswered}
            none={words.none.waiting}
          />
          <BoardColumn title={words.inCare} icon={PackageOpen} orders={inCare} none={words.none.inCare} />
          <BoardColumn
            title={words.onTheWayAndDelivered}
            icon={Truck}
            orders={[...onTheWay, ...delivered]}
            count={`${String(onTheWay.length)} / ${String(delivered.length)}`}
            none={words.none.onTheWay}
          />
        </div>
      ) : (
        <div class="board-asking" role="status">
          <p>{words.connecting}</p>
        </div>
      )}
    </main>
  );
}

/** Dark and in its own sizes, whatever was chosen on this device. */
function useDark() {
  useEffect(() => {
    const { dataset } = document.documentElement;
    dataset['theme'] = 'dark';
    dataset['text'] = 'normal';
    return () => {
      dataset['theme'] = preferences.value.theme;
      dataset['text'] = preferences.value.textSize;
    };
  }, []);
}
