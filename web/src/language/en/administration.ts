import type { Messages } from '../messages';

export const administration: Messages['administration'] = {};
