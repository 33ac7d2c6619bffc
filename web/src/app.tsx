/** What this device shows: a wall screen, who is not signed in a door, and everyone else the screens of their role. */
import { LocationProvider, useLocation } from 'preact-iso';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Role } from './api/types';
import { t } from './language';
import { Button } from './parts/button';
import Nursing from './nursing/nursing';
import { later } from './parts/later';
import { Toasts } from './parts/toasts';
import { places } from './places';
import { session } from './session';
import { takeNewVersion } from './shell-update';
import { SigningIn } from './signing-in/signing-in';
import './app.css';

const screens: Record<Role, ComponentType> = {
  // Most people who open it order: theirs comes with the app, one way to the server fewer.
  nurse: Nursing,
  technician: later(() => import('./pharmacy/pharmacy'), Opening),
  manager: later(() => import('./management/management'), Opening),
  admin: later(() => import('./administration/administration'), Opening),
};

const Board = later(() => import('./board/board'), Opening);

export function App() {
  return (
    <LocationProvider>
      <Shown />
      <NewVersion />
      <Toasts />
    </LocationProvider>
  );
}

function Shown() {
  const { path } = useLocation();
  const current = session.value;
  if (path === places.board) return <Board />;
  switch (current.kind) {
    case 'opening':
      return <Opening />;
    case 'signed_out':
      return <SigningIn hasEnded={current.hasEnded} />;
    case 'signed_in': {
      const Screens = screens[current.user.role];
      // Another user on this device begins anew.
      return <Screens key={current.user.id} />;
    }
  }
}

function Opening() {
  return (
    <div class="opening">
      <p class="opening-name" role="status">
        {t().general.botica}
        <span class="unseen">{t().signingIn.opening}</span>
      </p>
    </div>
  );
}

function NewVersion() {
  const take = takeNewVersion.value;
  const words = t().general.newVersion;
  if (!take) return null;
  return (
    <div class="new-version" role="status">
      <p>{words.text}</p>
      <Button kind="plain" onClick={take}>
        {words.use}
      </Button>
    </div>
  );
}

/** For addresses that the role has no screen for: they may be another role's. */
export function Elsewhere({ to }: { to: string }) {
  const { route } = useLocation();
  useEffect(() => route(to, true), [to, route]);
  return null;
}
