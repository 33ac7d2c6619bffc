/** A few words of which one is chosen: all of them are seen, none is typed. */
import { useId } from 'preact/hooks';
import './chips.css';

interface Chip<T extends string> {
  value: T;
  label: string;
}

interface Props<T extends string> {
  label: string;
  chips: Chip<T>[];
  value: T | undefined;
  onChange: (value: T) => void;
}

export function Chips<T extends string>({ label, chips, value, onChange }: Props<T>) {
  const group = useId();
  return (
    <fieldset class="chips">
      <legend>{label}</legend>
      <div class="chips-row">
        {chips.map((chip) => (
          <label key={chip.value} class="chip">
            <input
              type="radio"
              name={group}
              checked={value === chip.value}
              onChange={() => onChange(chip.value)}
            />
            <span>{chip.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
