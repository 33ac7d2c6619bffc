import { FileClock } from 'lucide-preact';
import { useLocation } from 'preact-iso';
import { asFailure } from '../api/failure';
import { listImports, startImport, type Import } from '../api/imports';
import { t } from '../language';
import { dateTime } from '../language/format';
import { Screen } from '../parts/screen';
import { Empty, Loading, Trouble } from '../parts/states';
import { Table, type Column } from '../parts/table';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { useAnswer } from '../parts/use-answer';
import { places } from '../places';
import { ChooseFile } from './choose-file';
import { keepFile } from './import-file';
import { Standing } from './standing';

/** A catalogue file is chosen and checked here; what was done before is listed. */
export function Imports() {
  const words = t().administration.imports;
  const { route } = useLocation();
  const { data, failure, again } = useAnswer('imports', listImports);
  const check = useAction(async (file: File) => {
    const { id } = await startImport(file, true);
    keepFile(id, file);
    route(places.import(id));
  }, sayBusy);
  return (
    <Screen title={words.title} onBack={() => route(places.medications)} isWide>
      <p class="soft">{words.steps}</p>
      <ChooseFile isBusy={check.isBusy} onFile={(file) => void check.run(file)} />
      <section class="section">
        <h2>{words.past}</h2>
        {failure && <Trouble error={failure} again={() => void again()} />}
        {!data && !failure && <Loading rows={4} />}
        {data?.length === 0 && <Empty icon={FileClock}>{words.none}</Empty>}
        {data && data.length > 0 && (
          <Table
            label={words.past}
            columns={columns()}
            rows={data}
            keyOf={({ id }) => id}
            hrefOf={({ id }) => places.import(id)}
          />
        )}
      </section>
    </Screen>
  );
}

function columns(): Column<Import>[] {
  const words = t().administration.imports;
  return [
    { head: words.file, cell: ({ file_name }) => file_name },
    { head: words.kind, cell: ({ is_dry_run }) => (is_dry_run ? words.check : words.write) },
    { head: words.standing, cell: ({ status }) => <ImportStanding status={status} /> },
    { head: words.when, cell: ({ started_at }) => dateTime(started_at) },
    { head: words.who, cell: ({ by }) => by.name },
  ];
}

/** One import runs at a time. */
export function sayBusy(error: unknown): boolean {
  if (asFailure(error).status !== 409) return false;
  say(t().administration.imports.busy, { isBad: true, lasts: 8000 });
  return true;
}

const looks = {
  running: 'running',
  done: 'good',
  cancelled: 'off',
  failed: 'bad',
  interrupted: 'bad',
} as const;

export function ImportStanding({ status }: { status: Import['status'] }) {
  return <Standing is={looks[status]}>{t().administration.imports.status[status]}</Standing>;
}
