import type { Messages } from '../messages';
import { general } from './general';
import { nursing } from './nursing';
import { orders } from './orders';
import { profile } from './profile';
import { signingIn } from './signing-in';

export const en: Messages = { general, signingIn, profile, orders, nursing };
