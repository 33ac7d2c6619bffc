import type { Messages } from '../messages';

export const management: Messages['management'] = {};
