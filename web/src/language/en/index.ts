import type { Messages } from '../messages';
import { administration } from './administration';
import { board } from './board';
import { general } from './general';
import { management } from './management';
import { nursing } from './nursing';
import { orders } from './orders';
import { pharmacy } from './pharmacy';
import { profile } from './profile';
import { signingIn } from './signing-in';

export const en: Messages = {
  administration,
  board,
  general,
  management,
  nursing,
  orders,
  pharmacy,
  profile,
  signingIn,
};
