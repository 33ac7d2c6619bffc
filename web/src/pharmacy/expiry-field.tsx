/** The last day on which a lot may be used, typed off its pack. */
import { useState } from 'preact/hooks';
import { t } from '../language';
import { plainDate } from '../language/format';
import { TextField } from '../parts/field';
import { readExpiry } from './expiry';

interface Props {
  /** ISO, or nothing. */
  value: string;
  onChange: (expiresOn: string) => void;
}

export function ExpiryField({ value, onChange }: Props) {
  const words = t().pharmacy.handOver;
  // What is being typed, until it is left.
  const [typed, setTyped] = useState<string>();
  const [isWrong, setIsWrong] = useState(false);
  return (
    <TextField
      label={words.expiresOn}
      hint={words.expiryHint}
      error={isWrong ? words.expiryWrong : undefined}
      value={typed ?? (value ? plainDate(value) : '')}
      onValue={(text) => {
        setTyped(text);
        setIsWrong(false);
        onChange(readExpiry(text) ?? '');
      }}
      onBlur={() => {
        const isUnreadable = typed !== undefined && typed.trim() !== '' && !readExpiry(typed);
        setIsWrong(isUnreadable);
        if (!isUnreadable) setTyped(undefined);
      }}
      inputMode="numeric"
      autocomplete="off"
      maxLength={10}
    />
  );
}
