import { Download, FileUp, Pill, Plus, SearchX } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { ListedMedication } from '../api/types';
import { today } from '../days';
import { t } from '../language';
import { Button, ButtonLink } from '../parts/button';
import { download } from '../parts/download';
import { MedicationName } from '../parts/medication-name';
import { Screen } from '../parts/screen';
import { SearchField } from '../parts/search-field';
import { Empty, Loading, Trouble } from '../parts/states';
import { Table, type Column } from '../parts/table';
import { useAction } from '../parts/use-action';
import { places } from '../places';
import { Standing } from './standing';
import { useCatalogue } from './use-catalogue';

export function Medications() {
  const words = t().administration.medications;
  const [search, setSearch] = useState('');
  const catalogue = useCatalogue(search);
  const save = useAction((format: string) =>
    download(`/medications/export?format=${format}`, `${words.file} ${today()}.${format}`),
  );
  const { items, failure, isLoading, hasMore } = catalogue;
  const exact = items?.filter(({ match }) => match !== 'typo') ?? [];
  const similar = items?.filter(({ match }) => match === 'typo') ?? [];
  return (
    <Screen title={words.title} isWide>
      <div class="list-tools">
        <SearchField label={words.search} value={search} onValue={setSearch} />
        <ButtonLink icon={Plus} href={places.medication('novo')}>
          {words.add}
        </ButtonLink>
        <ButtonLink icon={FileUp} href={places.imports}>
          {words.import}
        </ButtonLink>
        <span class="row" role="group" aria-label={words.exportAs}>
          {(['csv', 'xlsx'] as const).map((format) => (
            <Button
              key={format}
              kind="quiet"
              icon={Download}
              isBusy={save.isBusy}
              onClick={() => void save.run(format)}
            >
              {words.exportIn(words[format])}
            </Button>
          ))}
        </span>
      </div>
      {failure && <Trouble error={failure} again={catalogue.again} />}
      {!items && !failure && <Loading rows={6} />}
      {items?.length === 0 && (
        <Empty icon={search.trim() ? SearchX : Pill}>{search.trim() ? words.none : words.empty}</Empty>
      )}
      {exact.length > 0 && <List label={words.title} items={exact} />}
      {similar.length > 0 && (
        <section class="section">
          <h2>{words.similar}</h2>
          <List label={words.similar} items={similar} />
        </section>
      )}
      {hasMore && (
        <Button kind="quiet" isBusy={isLoading} onClick={catalogue.more}>
          {t().general.more}
        </Button>
      )}
    </Screen>
  );
}

function List({ label, items }: { label: string; items: ListedMedication[] }) {
  return (
    <Table
      label={label}
      columns={columns()}
      rows={items}
      keyOf={({ id }) => id}
      hrefOf={({ id }) => places.medication(id)}
      isQuiet={({ is_active }) => !is_active}
    />
  );
}

function columns(): Column<ListedMedication>[] {
  const words = t().administration;
  return [
    {
      head: words.medications.name,
      cell: (medication) => (
        <span class="two-lines">
          <MedicationName medication={medication} />
          {!medication.is_active && <Standing is="off">{words.inactive}</Standing>}
        </span>
      ),
    },
    { head: words.medications.area, cell: ({ area }) => area ?? '' },
    { head: words.medications.medClass, cell: ({ med_class }) => med_class ?? '' },
  ];
}
