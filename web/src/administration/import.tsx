import { Save } from 'lucide-preact';
import { useLocation, useRoute } from 'preact-iso';
import { useEffect } from 'preact/hooks';
import { cancelImport, getImport, startImport, type Import } from '../api/imports';
import { t } from '../language';
import { dateTime } from '../language/format';
import { Button, ButtonLink } from '../parts/button';
import { Screen } from '../parts/screen';
import { Loading, Trouble } from '../parts/states';
import { useAction } from '../parts/use-action';
import { useAnswer } from '../parts/use-answer';
import { places } from '../places';
import { keptFile } from './import-file';
import { ImportCounts, toWrite } from './import-counts';
import { sayBusy } from './imports';
import { ImportProgress } from './import-progress';
import { ImportRemarks } from './import-remarks';
import { unreadableInWords } from './remark-in-words';
import './imports.css';

/** While it runs, its progress is asked for so often, in milliseconds. */
const EACH = 1000;

/** One import, from its first row to what it did. */
export function ImportScreen() {
  const { params } = useRoute();
  const id = params['id'] ?? '';
  return <One key={id} id={id} />;
}

function One({ id }: { id: string }) {
  const words = t().administration.imports;
  const { route } = useLocation();
  const { data, failure, again } = useAnswer(`import ${id}`, () => getImport(id));
  const isRunning = data?.status === 'running';
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => void again(), EACH);
    return () => clearInterval(timer);
  }, [isRunning, again]);
  const stop = useAction(async () => {
    await cancelImport(id);
    await again();
  });
  const file = keptFile(id);
  const write = useAction(async () => {
    if (!file) return;
    const started = await startImport(file, false);
    route(places.import(started.id));
  }, sayBusy);
  const count = data?.status === 'done' && data.is_dry_run ? toWrite(data) : 0;
  return (
    <Screen
      title={data ? data.file_name : words.one}
      under={data && aboutOf(data)}
      onBack={() => route(places.imports)}
      isWide
      bar={
        count > 0 && file ? (
          <Button kind="main" icon={Save} isBusy={write.isBusy} onClick={() => void write.run()}>
            {words.save(count)}
          </Button>
        ) : undefined
      }
    >
      {failure && <Trouble error={failure} again={() => void again()} />}
      {!data && !failure && <Loading rows={4} />}
      {data?.status === 'running' && (
        <ImportProgress
          running={data}
          isStopping={stop.isBusy || data.is_cancel_requested}
          onStop={() => void stop.run()}
        />
      )}
      {data && data.status !== 'running' && data.status !== 'done' && (
        <div class="notice is-bad import-end" role="status">
          <p>{endOf(data)}</p>
          {data.status === 'failed' && data.reason && (
            <p>{unreadableInWords(data.reason) ?? words.failedBecause(data.reason)}</p>
          )}
        </div>
      )}
      {data?.status === 'done' && (
        <>
          <h2>{data.is_dry_run ? words.checked : words.written}</h2>
          <ImportCounts done={data} />
          {data.is_dry_run && count === 0 && <p class="notice">{words.nothing}</p>}
          {data.is_dry_run && count > 0 && !file && (
            <p class="notice">
              {words.chooseAgain} <ButtonLink href={places.imports}>{words.choose}</ButtonLink>
            </p>
          )}
          {data.has_rows ? <ImportRemarks id={id} /> : <p class="soft">{words.rowsGone}</p>}
        </>
      )}
    </Screen>
  );
}

function aboutOf({ is_dry_run, dialect, started_at, by }: Import): string {
  const words = t().administration.imports;
  const step = is_dry_run ? words.check : words.write;
  const kind = dialect ? words.dialect[dialect] : undefined;
  return [step, kind, dateTime(started_at), by.name].filter(Boolean).join(' · ');
}

function endOf({ status }: Import): string {
  const words = t().administration.imports;
  if (status === 'cancelled') return words.cancelled;
  return status === 'interrupted' ? words.interrupted : words.failed;
}
