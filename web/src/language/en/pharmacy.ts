import type { Messages } from '../messages';

export const pharmacy: Messages['pharmacy'] = {};
