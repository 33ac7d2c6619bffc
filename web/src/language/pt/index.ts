/** Portuguese as it is written in Brazil: the catalogue that every other language has to match. */
import { general } from './general';
import { nursing } from './nursing';
import { orders } from './orders';
import { profile } from './profile';
import { signingIn } from './signing-in';

export const pt = { general, signingIn, profile, orders, nursing };
