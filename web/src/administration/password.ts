/** Passwords that can be read aloud: syllables of one consonant and one vowel, and three digits. */

const CONSONANTS = 'bdglmnprtvz';
const VOWELS = 'aeio';

/** About 42 bits: enough for a first password behind the server's limit of tries. */
export function readablePassword(): string {
  const syllable = () => `${pick(CONSONANTS)}${pick(VOWELS)}`;
  const word = () => `${syllable()}${syllable()}${syllable()}`;
  const digit = () => pick('23456789');
  return `${word()}-${word()}-${digit()}${digit()}${digit()}`;
}

function pick(from: string): string {
  // What does not fit a whole number of times would make the first letters likelier.
  const fair = 256 - (256 % from.length);
  for (;;) {
    const [byte = 255] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < fair) return from.charAt(byte % from.length);
  }
}
