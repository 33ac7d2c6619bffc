export const pharmacy = {};
