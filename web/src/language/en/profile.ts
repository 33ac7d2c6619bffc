import type { Messages } from '../messages';

export const profile: Messages['profile'] = {
  tab: 'Profile',
  language: 'Language',
  portuguese: 'Português',
  english: 'English',
  textSize: 'Text size',
  textSizes: { normal: 'Normal', large: 'Large', huge: 'Larger' },
  theme: 'Appearance',
  themes: { auto: 'Automatic', light: 'Light', dark: 'Dark' },
  sound: 'Sounds',
  tryStat: 'Hear Emergency',
  tryUrgent: 'Hear Urgent',
  changePassword: 'Change password',
  currentPassword: 'Current password',
  nextPassword: 'New password',
  passwordChanged: 'Password changed.',
  signOut: 'Sign out',
  signOutWaiting: (n) =>
    n === 1
      ? 'There is 1 unsent order. It stays on this device and is sent when you sign in again.'
      : `There are ${String(n)} unsent orders. They stay on this device and are sent when you sign in again.`,
};
