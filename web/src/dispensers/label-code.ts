/** The code that is printed on a dispenser's label. */

/** As it is printed: capitals, no spaces or hyphens. */
export function plainCode(text: string): string {
  return text.toUpperCase().replace(/[\s-]/g, '');
}

/** The code in what a label's QR code says, whatever host it names. */
export function codeOfLabel(text: string): string | undefined {
  const [, inAddress] = /\/d\/([^/?#]+)\/?$/.exec(text.trim()) ?? [];
  const code = plainCode(inAddress ?? text);
  return /^[0-9A-Z]{8}$/.test(code) ? code : undefined;
}
