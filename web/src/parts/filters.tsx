/** What narrows a list: beside each other on a desk, folded away on a phone. */
import { SlidersHorizontal, X } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { t } from '../language';
import { Button } from './button';
import './filters.css';

interface Props {
  /** How many are set. */
  count: number;
  onClear: () => void;
  children: ComponentChildren;
}

export function Filters({ count, onClear, children }: Props) {
  const words = t().general.filters;
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <section class="filters" aria-label={words.title}>
      <Button
        icon={SlidersHorizontal}
        isWide
        class="filters-toggle"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setIsOpen(!isOpen)}
      >
        {count > 0 ? words.count(count) : words.title}
      </Button>
      <div id={id} class={isOpen ? 'filters-fields is-open' : 'filters-fields'}>
        {children}
        {count > 0 && (
          <Button kind="quiet" icon={X} class="filters-clear" onClick={onClear}>
            {words.clear}
          </Button>
        )}
      </div>
    </section>
  );
}
