/** The record of who did what, the newest first. */
import { Download, ScrollText } from 'lucide-preact';
import { useEffect } from 'preact/hooks';
import { api, answer } from '../api/client';
import { today } from '../days';
import { t } from '../language';
import { Button } from '../parts/button';
import { download } from '../parts/download';
import { Screen } from '../parts/screen';
import { Empty, Loading, Trouble } from '../parts/states';
import { useAction } from '../parts/use-action';
import { withFilters } from '../parts/use-filters';
import { usePages } from '../parts/use-pages';
import { AuditFilters, queryOf, useAuditFilters } from './audit-filters';
import { AuditRowItem } from './audit-row';
import { readSubjects, subjectName } from './subjects';
import { useWhoAndWhere } from './who-and-where';
import './audit.css';

export function Audit() {
  const words = t().management.audit;
  const filters = useAuditFilters();
  const { users, dispensers } = useWhoAndWhere();
  const pages = usePages(`audit ${JSON.stringify(filters.values)}`, (cursor) => {
    const query = { ...queryOf(filters), limit: 50, ...(cursor && { cursor }) };
    return answer(api.GET('/audit', { params: { query } }));
  });
  const { items, failure, isLoading, hasMore, more } = pages;
  useEffect(() => {
    if (items) readSubjects(items);
  }, [items]);
  const nameOf = (id: string) =>
    users.find((user) => user.id === id)?.name ??
    dispensers.find((dispenser) => dispenser.id === id)?.name ??
    subjectName(id);
  const save = useAction(() => {
    const query = Object.entries(queryOf(filters)).map(([name, value]) => [name, String(value)]);
    return download(
      withFilters('/audit/export', Object.fromEntries(query) as Record<string, string>),
      `${words.file} ${today()}.csv`,
    );
  });
  return (
    <Screen
      title={words.title}
      isWide
      beside={
        <Button icon={Download} isBusy={save.isBusy} onClick={() => void save.run()}>
          {words.export}
        </Button>
      }
    >
      <AuditFilters filters={filters} users={users} />
      <ul class="cards audit-rows">
        {items?.map((row) => (
          <AuditRowItem key={row.seq} row={row} nameOf={nameOf} />
        ))}
      </ul>
      {items?.length === 0 && <Empty icon={ScrollText}>{words.none}</Empty>}
      {failure && <Trouble error={failure} again={() => void more()} />}
      {!items && isLoading && <Loading rows={8} />}
      {hasMore && !failure && (
        <Button isWide isBusy={isLoading} onClick={() => void more()}>
          {t().general.more}
        </Button>
      )}
    </Screen>
  );
}
