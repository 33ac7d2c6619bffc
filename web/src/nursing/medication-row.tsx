/** A medication that can be ordered: a tap takes the usual quantity, the stepper another. */
import { History, Lock, Plus } from 'lucide-preact';
import type { MedicationRef } from '../api/types';
import { t } from '../language';
import { ago } from '../language/format';
import { MedicationName } from '../parts/medication-name';
import { Stepper } from '../parts/stepper';

interface Props {
  medication: MedicationRef;
  quantity: number;
  /** What the first tap takes. */
  usual: number;
  /** When it was ordered already and is still to come. */
  orderedAt: string | number | undefined;
  /** It is controlled, and this user may not order it. */
  isForbidden: boolean;
  onQuantity: (quantity: number) => void;
}

export function MedicationRow({ medication, quantity, usual, orderedAt, isForbidden, onQuantity }: Props) {
  const words = t().nursing.dispenser;
  const name = medication.tall_man ?? medication.name ?? '';
  const about = (
    <span class="medication-about">
      <MedicationName medication={medication} />
      {orderedAt !== undefined && (
        <span class="medication-ordered">
          <History aria-hidden="true" size={18} />
          {words.alreadyOrdered(ago(orderedAt))}
        </span>
      )}
      {isForbidden && (
        <span class="soft small">
          <Lock aria-hidden="true" size={16} class="inline-icon" /> {words.mayNotControlled}
        </span>
      )}
    </span>
  );
  if (isForbidden) return <li class="medication is-forbidden">{about}</li>;
  if (quantity === 0) {
    return (
      <li class="medication">
        <button type="button" class="medication-take" onClick={() => onQuantity(usual)}>
          {about}
          <span class="medication-plus" aria-hidden="true">
            <Plus size={24} />
          </span>
        </button>
      </li>
    );
  }
  return (
    <li class="medication is-chosen">
      {about}
      <Stepper
        label={name}
        less={words.less(name)}
        more={words.more(name)}
        value={quantity}
        onChange={onQuantity}
      />
    </li>
  );
}
