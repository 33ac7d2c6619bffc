import { Search, X } from 'lucide-preact';
import { useId, useRef } from 'preact/hooks';
import { t } from '../language';
import './search-field.css';

interface Props {
  label: string;
  value: string;
  onValue: (value: string) => void;
}

export function SearchField({ label, value, onValue }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  return (
    <div class="search" role="search">
      <label for={id} class="unseen">
        {label}
      </label>
      <Search aria-hidden="true" size={22} class="search-icon" />
      <input
        ref={input}
        id={id}
        type="text"
        inputMode="search"
        enterkeyhint="search"
        autocomplete="off"
        autoCapitalize="none"
        spellcheck={false}
        placeholder={label}
        value={value}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onValue('');
        }}
      />
      {value !== '' && (
        <button
          type="button"
          aria-label={t().general.remove}
          onClick={() => {
            onValue('');
            input.current?.focus();
          }}
        >
          <X aria-hidden="true" size={22} />
        </button>
      )}
    </div>
  );
}
