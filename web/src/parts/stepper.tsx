/** A quantity, by taps; typing it is possible and never needed. */
import { Minus, Plus } from 'lucide-preact';
import { useState } from 'preact/hooks';
import './stepper.css';

interface Props {
  /** What is counted, for who can't see it. */
  label: string;
  value: number;
  min?: number;
  max?: number;
  less: string;
  more: string;
  onChange: (value: number) => void;
}

export function Stepper({ label, value, min = 0, max = 100_000, less, more, onChange }: Props) {
  // What is being typed, until it is a number that can be.
  const [typed, setTyped] = useState<string>();
  const put = (next: number) => {
    setTyped(undefined);
    onChange(Math.min(max, Math.max(min, next)));
  };
  return (
    <div class="stepper" role="group" aria-label={label}>
      <button type="button" aria-label={less} disabled={value <= min} onClick={() => put(value - 1)}>
        <Minus aria-hidden="true" size={22} />
      </button>
      <input
        type="text"
        inputMode="numeric"
        aria-label={label}
        value={typed ?? String(value)}
        onInput={({ currentTarget }) => {
          const text = currentTarget.value.replace(/\D/g, '').slice(0, 6);
          setTyped(text);
          if (text !== '' && Number(text) >= min && Number(text) <= max) onChange(Number(text));
        }}
        onFocus={({ currentTarget }) => currentTarget.select()}
        onBlur={() => setTyped(undefined)}
      />
      <button type="button" aria-label={more} disabled={value >= max} onClick={() => put(value + 1)}>
        <Plus aria-hidden="true" size={22} />
      </button>
    </div>
  );
}
