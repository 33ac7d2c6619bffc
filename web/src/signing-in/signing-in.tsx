import { useState } from 'preact/hooks';
import { asFailure, inWords } from '../api/failure';
import { t } from '../language';
import { isOffline } from '../live/connection';
import { waitingCount } from '../outbox';
import { Button } from '../parts/button';
import { ConnectionBar } from '../parts/connection-bar';
import { PasswordField, TextField } from '../parts/field';
import { useAction } from '../parts/use-action';
import { signIn } from '../session';
import './signing-in.css';

/** The door. `hasEnded`: somebody was signed in until now and is to hear why they are not any more. */
export function SigningIn({ hasEnded }: { hasEnded: boolean }) {
  const words = t().signingIn;
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [trouble, setTrouble] = useState<string>();
  const { isBusy, run } = useAction(
    () => signIn(email, password),
    (error) => {
      const failure = asFailure(error);
      const isFirst = failure.cause.kind === 'offline';
      setTrouble(
        failure.code === 'wrong_credentials' ? words.wrong : isFirst ? words.offlineFirst : inWords(error),
      );
      return true;
    },
  );
  return (
    <main class="door">
      <ConnectionBar />
      <form
        class="door-form"
        onSubmit={(event) => {
          event.preventDefault();
          setTrouble(undefined);
          void run();
        }}
      >
        <p class="door-name">{t().general.botica}</p>
        <h1>{words.title}</h1>
        {hasEnded && (
          <p class="door-note" role="status">
            {words.ended}
          </p>
        )}
        {waitingCount.value > 0 && <p class="door-note">{words.waiting(waitingCount.value)}</p>}
        <TextField
          label={words.email}
          type="email"
          name="email"
          autocomplete="username"
          autoCapitalize="none"
          required
          value={email}
          onValue={setEmail}
        />
        <PasswordField
          label={words.password}
          name="password"
          autocomplete="current-password"
          required
          value={password}
          onValue={setPassword}
          error={trouble}
        />
        <Button kind="main" type="submit" isWide isBusy={isBusy} disabled={isOffline.value}>
          {words.enter}
        </Button>
      </form>
    </main>
  );
}
