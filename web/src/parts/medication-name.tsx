/** A medication as it must be read: in tall-man letters where it has any, with the marks of danger beside it. */
import { ShieldAlert, TriangleAlert } from 'lucide-preact';
import type { ControlledList } from '../api/types';
import { t } from '../language';
import './medication-name.css';

interface Named {
  name?: string | null;
  tall_man?: string | null;
  is_high_alert?: boolean;
  controlled_list?: ControlledList | null;
}

interface Props {
  medication: Named;
  /** What a medication is called that the catalogue does not have. */
  unknown?: string;
}

export function MedicationName({ medication, unknown = '—' }: Props) {
  const { name, tall_man, is_high_alert, controlled_list } = medication;
  return (
    <span class="medication-name">
      <span class="medication-words">{tall_man && name ? inTallMan(name, tall_man) : (name ?? unknown)}</span>
      {is_high_alert && (
        <span class="mark mark-alert">
          <TriangleAlert aria-hidden="true" size={16} />
          {t().general.marks.highAlert}
        </span>
      )}
      {controlled_list && (
        <span class="mark mark-controlled">
          <ShieldAlert aria-hidden="true" size={16} />
          {t().general.marks.controlled(controlled_list)}
        </span>
      )}
    </span>
  );
}

/** The tall-man spelling in the place of the same letters of the name; before it, if they are not there. */
function inTallMan(name: string, tallMan: string): string {
  const at = name.toLocaleLowerCase('pt-BR').indexOf(tallMan.toLocaleLowerCase('pt-BR'));
  return at < 0 ? `${tallMan} (${name})` : name.slice(0, at) + tallMan + name.slice(at + tallMan.length);
}
