/** Portuguese as it is written in Brazil: the catalogue that every other language has to match. */
import { administration } from './administration';
import { board } from './board';
import { general } from './general';
import { management } from './management';
import { nursing } from './nursing';
import { orders } from './orders';
import { pharmacy } from './pharmacy';
import { profile } from './profile';
import { signingIn } from './signing-in';

export const pt = {
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
