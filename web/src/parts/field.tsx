/** Something to be filled in, with its label over it and what is wrong with it under it. */
import type { ComponentChildren, InputHTMLAttributes, TextareaHTMLAttributes } from 'preact';
import { Eye, EyeOff } from 'lucide-preact';
import { useId, useState } from 'preact/hooks';
import { t } from '../language';
import './field.css';

interface Common {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
}

type TextFieldProps = Common &
  Omit<InputHTMLAttributes, 'label' | 'value'> & { value: string; onValue: (value: string) => void };

export function TextField({ label, hint, error, onValue, ...rest }: TextFieldProps) {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {(described) => (
        <input
          class="field-input"
          {...described}
          {...rest}
          onInput={({ currentTarget }) => onValue(currentTarget.value)}
        />
      )}
    </Labelled>
  );
}

type AreaProps = Common &
  Omit<TextareaHTMLAttributes, 'label' | 'value'> & { value: string; onValue: (value: string) => void };

export function TextArea({ label, hint, error, onValue, ...rest }: AreaProps) {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {(described) => (
        <textarea
          class="field-input"
          rows={3}
          {...described}
          {...rest}
          onInput={({ currentTarget }) => onValue(currentTarget.value)}
        />
      )}
    </Labelled>
  );
}

type SelectProps = Common & {
  value: string;
  options: { value: string; label: string }[];
  onValue: (value: string) => void;
  required?: boolean;
};

/** For desks only: on the way of an order nothing is folded away. */
export function SelectField({ label, hint, error, options, onValue, ...rest }: SelectProps) {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {(described) => (
        <select
          class="field-input"
          {...described}
          {...rest}
          onChange={({ currentTarget }) => onValue(currentTarget.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

export function PasswordField({ label, hint, error, onValue, ...rest }: TextFieldProps) {
  const [isShown, setIsShown] = useState(false);
  const words = t().signingIn;
  return (
    <Labelled label={label} hint={hint} error={error}>
      {(described) => (
        <span class="field-with-button">
          <input
            class="field-input"
            {...described}
            {...rest}
            type={isShown ? 'text' : 'password'}
            autoCapitalize="none"
            spellcheck={false}
            onInput={({ currentTarget }) => onValue(currentTarget.value)}
          />
          <button
            type="button"
            aria-label={isShown ? words.hide : words.show}
            onClick={() => setIsShown(!isShown)}
          >
            {isShown ? <EyeOff aria-hidden="true" size={22} /> : <Eye aria-hidden="true" size={22} />}
          </button>
        </span>
      )}
    </Labelled>
  );
}

interface CheckProps {
  label: string;
  hint?: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

/** On or off, at once. */
export function Switch({ label, hint, checked, disabled, onChange }: CheckProps) {
  return (
    <label class="switch">
      <span>
        {label}
        {hint && <span class="field-hint">{hint}</span>}
      </span>
      <input
        type="checkbox"
        role="switch"
        checked={checked}
        disabled={disabled}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
    </label>
  );
}

interface Described {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: boolean;
}

function Labelled({
  label,
  hint,
  error,
  children,
}: Common & { children: (described: Described) => ComponentChildren }) {
  const id = useId();
  const described: Described = { id };
  if (hint ?? error) described['aria-describedby'] = `${id}-more`;
  if (error) described['aria-invalid'] = true;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(described)}
      {(hint ?? error) && (
        <p id={`${id}-more`} class={error ? 'field-error' : 'field-hint'} role={error ? 'alert' : undefined}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}
