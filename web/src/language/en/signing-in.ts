import type { Messages } from '../messages';

export const signingIn: Messages['signingIn'] = {
  title: 'Sign in',
  email: 'E-mail',
  password: 'Password',
  show: 'Show password',
  hide: 'Hide password',
  enter: 'Sign in',
  wrong: 'Wrong e-mail or password.',
  ended: 'Your session has ended. Sign in again; nothing you prepared was lost.',
  waiting: (n) => (n === 1 ? '1 order waits on this device.' : `${String(n)} orders wait on this device.`),
  opening: 'Opening…',
  offlineFirst: 'No connection. Signing in for the first time on this device needs the network.',
};
