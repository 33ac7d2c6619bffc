export const management = {};
