import { Download } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { listImportRows, remarksFile, type ImportRow, type ImportVerdict } from '../api/imports';
import { today } from '../days';
import { t } from '../language';
import { number } from '../language/format';
import { Button } from '../parts/button';
import { Chips } from '../parts/chips';
import { download } from '../parts/download';
import { Loading, Trouble } from '../parts/states';
import { Table } from '../parts/table';
import { useAction } from '../parts/use-action';
import { useAnswer } from '../parts/use-answer';
import { verdicts } from './import-counts';
import { remarkInWords } from './remark-in-words';

const ALL = 'all';

/** The rows of a file on which there is something to be said. */
export function ImportRemarks({ id }: { id: string }) {
  const words = t().administration.imports;
  const [verdict, setVerdict] = useState<ImportVerdict | typeof ALL>(ALL);
  const save = useAction(() => download(remarksFile(id), `${words.remarksName} ${today()}.csv`));
  return (
    <section class="section">
      <div class="row row-apart">
        <h2>{words.remarks}</h2>
        <Button icon={Download} isBusy={save.isBusy} onClick={() => void save.run()}>
          {words.remarksFile}
        </Button>
      </div>
      <Chips
        label={words.what}
        value={verdict}
        chips={[
          { value: ALL, label: words.all },
          ...verdicts.map((value) => ({ value, label: words.verdicts[value] })),
        ]}
        onChange={setVerdict}
      />
      <Rows key={verdict} id={id} verdict={verdict === ALL ? undefined : verdict} />
    </section>
  );
}

function Rows({ id, verdict }: { id: string; verdict: ImportVerdict | undefined }) {
  const words = t().administration.imports;
  const which = { withRemarks: true, ...(verdict && { verdict }) };
  const [rest, setRest] = useState<{ items: ImportRow[]; cursor: string | null }>();
  const { data, failure, again } = useAnswer(`import rows ${id} ${verdict ?? ''}`, () =>
    listImportRows(id, which),
  );
  const cursor = rest ? rest.cursor : (data?.next_cursor ?? null);
  const more = useAction(async () => {
    if (!cursor) return;
    const { items, next_cursor } = await listImportRows(id, { ...which, cursor });
    setRest({ items: [...(rest?.items ?? []), ...items], cursor: next_cursor ?? null });
  });
  const rows = [...(data?.items ?? []), ...(rest?.items ?? [])];
  return (
    <>
      {failure && <Trouble error={failure} again={() => void again()} />}
      {!data && !failure && <Loading rows={4} />}
      {data && rows.length === 0 && <p class="soft">{words.noRemarks}</p>}
      {rows.length > 0 && (
        <Table
          label={words.remarks}
          rows={rows}
          keyOf={({ line }) => String(line)}
          columns={[
            { head: words.line, cell: ({ line }) => `${words.line} ${number(line)}` },
            { head: words.what, cell: ({ verdict }) => words.verdict[verdict] },
            {
              head: words.remark,
              isLong: true,
              cell: ({ remarks }) => (
                <span class="two-lines">
                  {remarks.map((remark) => (
                    <span key={remark}>{remarkInWords(remark)}</span>
                  ))}
                </span>
              ),
            },
          ]}
        />
      )}
      {cursor && (
        <Button kind="quiet" isBusy={more.isBusy} onClick={() => void more.run()}>
          {t().general.more}
        </Button>
      )}
    </>
  );
}
