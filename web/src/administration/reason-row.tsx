import { ArrowDown, ArrowUp, Pencil } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { Reason } from '../api/types';
import { t } from '../language';
import { Button, IconButton } from '../parts/button';
import { TextField } from '../parts/field';

interface Props {
  reason: Reason;
  /** Not there for the first one. */
  onUp: (() => void) | undefined;
  /** Not there for the last one. */
  onDown: (() => void) | undefined;
  onChange: (change: Partial<Reason>) => Promise<void>;
}

export function ReasonRow({ reason, onUp, onDown, onChange }: Props) {
  const words = t().administration.settings;
  const { label, code, is_active } = reason;
  const [text, setText] = useState<string>();
  if (text !== undefined) {
    return (
      <li class="reason">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void onChange({ label: text }).then(() => setText(undefined));
          }}
        >
          <TextField
            label={words.label}
            hint={`${words.code}: ${code}`}
            required
            maxLength={200}
            value={text}
            onValue={setText}
          />
          <div class="row field-button">
            <Button kind="quiet" onClick={() => setText(undefined)}>
              {t().general.cancel}
            </Button>
            <Button type="submit" disabled={text.trim() === ''}>
              {t().general.save}
            </Button>
          </div>
        </form>
      </li>
    );
  }
  return (
    <li class={is_active ? 'reason' : 'reason is-inactive'}>
      <span class="reason-words">
        <strong>{label}</strong>
        {!is_active && <span class="soft small">{t().administration.inactive}</span>}
      </span>
      <span class="reason-tools">
        <IconButton icon={ArrowUp} label={words.up(label)} disabled={!onUp} onClick={onUp} />
        <IconButton icon={ArrowDown} label={words.down(label)} disabled={!onDown} onClick={onDown} />
        <IconButton icon={Pencil} label={`${t().general.edit}: ${label}`} onClick={() => setText(label)} />
        <label class="switch">
          <span class="unseen">{words.inUse(label)}</span>
          <input
            type="checkbox"
            role="switch"
            checked={is_active}
            onChange={({ currentTarget }) => {
              const is_active = currentTarget.checked;
              // It is as the server says, which comes back with the list.
              currentTarget.checked = reason.is_active;
              void onChange({ is_active });
            }}
          />
        </label>
      </span>
    </li>
  );
}
