import type { Messages } from '../messages';

export const general: Messages['general'] = {
  botica: 'Botica',
  close: 'Close',
  back: 'Back',
  cancel: 'Cancel',
  save: 'Save',
  saved: 'Saved',
  remove: 'Remove',
  edit: 'Edit',
  add: 'Add',
  copy: 'Copy',
  copied: 'Copied.',
  print: 'Print',
  download: 'Download',
  confirm: 'Confirm',
  more: 'Show more',
  again: 'Try again',
  undo: 'Undo',
  yes: 'Yes',
  no: 'No',
  optional: 'optional',
  loading: 'Loading…',
  skipToContent: 'Skip to content',
  required: 'Fill in this field.',
  newVersion: { text: 'There is a new version of Botica.', use: 'Update' },

  priorityLabel: 'Priority',
  priority: { stat: 'Emergency', urgent: 'Urgent', routine: 'Routine' },
  status: {
    requested: 'Requested',
    accepted: 'Accepted',
    in_transit: 'On the way',
    delivered: 'Delivered',
    received: 'Received',
    rejected: 'Rejected',
    cancelled: 'Cancelled',
    refused: 'Invalid',
  },
  unsent: 'Not sent',
  sending: 'Sending…',
  role: { nurse: 'Nursing', technician: 'Pharmacy', manager: 'Management', admin: 'Administration' },

  connection: {
    live: 'Live',
    connecting: 'Connecting…',
    reconnecting: 'Reconnecting…',
    stale: (ago) => `Stopped ${ago}`,
    offline: 'No connection: orders are kept on this device',
  },

  failure: {
    offline: 'Botica can’t be reached. Check the network and try again.',
    timedOut: 'Botica took too long to answer. Try again.',
    unavailable: 'Botica is not available right now. Try again in a moment.',
    forbidden: 'Your role does not allow this.',
    notFound: 'Not found.',
    invalid: 'Something needs to be corrected.',
    conflict: 'This changed while you were looking. See how it stands now.',
    tooMany: (seconds) => `Too many attempts. Wait ${String(seconds)} s.`,
    tooLarge: 'The file is too large.',
    unexpected: 'Something went wrong. Try again.',
  },

  filters: {
    title: 'Filters',
    count: (n) => `Filters (${String(n)})`,
    clear: 'Clear filters',
    all: 'All',
  },
  period: {
    title: 'Period',
    all: 'All the time',
    today: 'Today',
    lastDays: (n) => `Last ${String(n)} days`,
    days: 'Choose dates',
    from: 'From',
    until: 'Until',
  },

  field: {
    emailTaken: 'Somebody else has this e-mail already.',
    lotTaken: 'The medication has a lot of this number already.',
    taken: 'There is one of this name already.',
    tooLong: (most) => `Use at most ${most} characters.`,
    tooShort: (least) => `Use at least ${least} characters.`,
    email: 'Write a whole e-mail address, such as name@hospital.com.',
    characters: 'There is a character that can’t be used.',
    inList: 'It is in the list already.',
    notInUse: 'This medication is not in use.',
    wrong: 'Check this field.',
  },

  unsaved: {
    title: 'Leave without saving?',
    text: 'What you changed here is not saved yet.',
    stay: 'Go on editing',
    leave: 'Leave without saving',
  },

  tabs: { more: 'More' },

  time: {
    now: 'now',
    secondsAgo: (n) => `${String(n)} s ago`,
    minutesAgo: (n) => `${String(n)} min ago`,
    hoursAgo: (hours, minutes) =>
      minutes === 0 ? `${String(hours)} h ago` : `${String(hours)} h ${String(minutes)} min ago`,
    daysAgo: (n) => (n === 1 ? 'yesterday' : `${String(n)} days ago`),
    seconds: (n) => `${String(n)} s`,
    minutes: (n) => `${String(n)} min`,
    hours: (hours, minutes) =>
      minutes === 0 ? `${String(hours)} h` : `${String(hours)} h ${String(minutes)} min`,
  },

  lines: (n) => (n === 1 ? '1 medication' : `${String(n)} medications`),

  marks: {
    controlled: (list) => `Controlled ${list}`,
    highAlert: 'High alert',
    tarja: {
      none: 'No band',
      red: 'Red band',
      red_restricted: 'Red band, prescription kept',
      black: 'Black band',
    },
  },
};
