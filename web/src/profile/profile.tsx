import { LogOut, Volume2 } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { api, answer } from '../api/client';
import { t } from '../language';
import { unsent } from '../outbox';
import { AskFirst } from '../parts/ask-first';
import { Button } from '../parts/button';
import { Chips } from '../parts/chips';
import { PasswordField, Switch } from '../parts/field';
import { Screen } from '../parts/screen';
import { say } from '../parts/toasts';
import { useAction } from '../parts/use-action';
import { prefer, preferences, type Language, type TextSize, type Theme } from '../preferences';
import { signOut, user } from '../session';
import { allowSound, sound } from '../sounds';

/** Oneself, and what one chose for this device. */
export function Profile({ children }: { children?: preact.ComponentChildren }) {
  const words = t().profile;
  const [isLeaving, setIsLeaving] = useState(false);
  const { language, theme, textSize, hasSound } = preferences.value;
  const leave = useAction(signOut);
  const who = user.value;
  if (!who) return null;
  return (
    <Screen title={who.name} under={`${t().general.role[who.role]} · ${who.email}`}>
      {children}
      <section class="section">
        <Chips
          label={words.language}
          value={language}
          chips={[
            { value: 'pt', label: words.portuguese },
            { value: 'en', label: words.english },
          ]}
          onChange={(language: Language) => prefer({ language })}
        />
        <Chips
          label={words.textSize}
          value={textSize}
          chips={(['normal', 'large', 'huge'] as const).map((value) => ({
            value,
            label: words.textSizes[value],
          }))}
          onChange={(textSize: TextSize) => prefer({ textSize })}
        />
        <Chips
          label={words.theme}
          value={theme}
          chips={(['auto', 'light', 'dark'] as const).map((value) => ({ value, label: words.themes[value] }))}
          onChange={(theme: Theme) => prefer({ theme })}
        />
      </section>
      <section class="section">
        <Switch
          label={words.sound}
          checked={hasSound}
          onChange={(hasSound) => {
            prefer({ hasSound });
            void allowSound();
          }}
        />
        {hasSound && (
          <div class="row">
            {(['stat', 'urgent'] as const).map((which) => (
              <Button key={which} icon={Volume2} onClick={() => void allowSound().then(() => sound(which))}>
                {which === 'stat' ? words.tryStat : words.tryUrgent}
              </Button>
            ))}
          </div>
        )}
      </section>
      <ChangePassword />
      <Button
        icon={LogOut}
        isWide
        isBusy={leave.isBusy}
        onClick={() => (unsent.value.length > 0 ? setIsLeaving(true) : void leave.run())}
      >
        {words.signOut}
      </Button>
      {isLeaving && (
        <AskFirst
          title={words.signOut}
          does={words.signOut}
          onDo={() => leave.run()}
          onClose={() => setIsLeaving(false)}
        >
          {words.signOutWaiting(unsent.value.length)}
        </AskFirst>
      )}
    </Screen>
  );
}

function ChangePassword() {
  const words = t().profile;
  const [isOpen, setIsOpen] = useState(false);
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useAction(async () => {
    await answer(api.PUT('/me/password', { body: { current_password: current, new_password: next } }));
    setCurrent('');
    setNext('');
    setIsOpen(false);
    say(words.passwordChanged);
  });
  if (!isOpen) return <Button onClick={() => setIsOpen(true)}>{words.changePassword}</Button>;
  return (
    <form
      class="section"
      onSubmit={(event) => {
        event.preventDefault();
        void change.run();
      }}
    >
      <PasswordField
        label={words.currentPassword}
        autocomplete="current-password"
        required
        value={current}
        onValue={setCurrent}
      />
      <PasswordField
        label={words.nextPassword}
        autocomplete="new-password"
        required
        minLength={8}
        value={next}
        onValue={setNext}
      />
      <div class="row">
        <Button kind="quiet" onClick={() => setIsOpen(false)}>
          {t().general.cancel}
        </Button>
        <Button kind="main" type="submit" isBusy={change.isBusy}>
          {t().general.save}
        </Button>
      </div>
    </form>
  );
}
