import { Plus } from 'lucide-preact';
import type { ListedMedication } from '../api/types';
import { t } from '../language';
import { Button } from '../parts/button';
import { MedicationName } from '../parts/medication-name';
import { Trouble } from '../parts/states';
import { useCatalogue } from './use-catalogue';

/** So many of what the search finds: who sees more types more. */
const SHOWN = 12;

interface Props {
  search: string;
  /** Those that the dispenser has. */
  held: string[];
  onAdd: (medication: ListedMedication) => void;
}

/** What the catalogue has of a search, to be added. */
export function AddHolding(props: Props) {
  return props.search.trim() === '' ? null : <Found {...props} />;
}

function Found({ search, held, onAdd }: Props) {
  const words = t().administration.holdings;
  const { items, failure, again, isLoading } = useCatalogue(search);
  const found = items?.filter(({ id, is_active }) => is_active && !held.includes(id)) ?? [];
  return (
    <section class="section">
      <h2>{words.add}</h2>
      {failure && <Trouble error={failure} again={again} />}
      {!failure && found.length === 0 && (
        <p class="soft" role="status">
          {isLoading ? t().general.loading : words.nothingToAdd}
        </p>
      )}
      {found.length > 0 && (
        <ul class="addable">
          {found.slice(0, SHOWN).map((medication) => (
            <li key={medication.id}>
              <MedicationName medication={medication} />
              <Button kind="quiet" icon={Plus} onClick={() => onAdd(medication)}>
                {t().general.add}
                <span class="unseen">{medication.name}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
