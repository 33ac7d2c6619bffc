import type { Messages } from '../messages';

export const board: Messages['board'] = {};
