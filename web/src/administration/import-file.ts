/** Files that were checked, so that they can be written without being chosen again; until the page is closed. */
const files = new Map<string, File>();

export function keepFile(importId: string, file: File) {
  files.set(importId, file);
}

export function keptFile(importId: string): File | undefined {
  return files.get(importId);
}
