/** Reads QR and DataMatrix codes out of pictures. Fetched when a camera is first opened; its own code is ours to
 * serve, nothing comes from elsewhere. */
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url';

void prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });

export type Format = 'QRCode' | 'DataMatrix';

/** What the first code in the picture says. */
export async function decode(picture: ImageData, formats: Format[]): Promise<string | undefined> {
  const found = await readBarcodes(picture, { formats, tryHarder: false, maxNumberOfSymbols: 1 });
  return found.find(({ isValid }) => isValid)?.text;
}
