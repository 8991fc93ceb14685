import { ID_WORDS } from './view.ts';

/**
 * Reads a UUID into four big-endian words.
 * @param text of either case
 * @returns false when it is no UUID; what is in `into` then is not to be used
 */
export function wordsOf(text: string, into: Uint32Array, offset = 0): boolean {
  if (text.length !== UUID_TEXT_LENGTH) return false;
  let digits = 0;
  let word = 0;
  for (let index = 0; index < UUID_TEXT_LENGTH; index++) {
    const code = text.charCodeAt(index);
    if (isDashPlace(index)) {
      if (code !== DASH) return false;
      continue;
    }
    const value = code < 128 ? (HEX_VALUES[code] as number) : NO_DIGIT;
    if (value === NO_DIGIT) return false;
    word = (word << 4) | value;
    if (++digits % DIGITS_PER_WORD === 0) into[offset + digits / DIGITS_PER_WORD - 1] = word;
  }
  return true;
}

/** @returns the lower-case UUID that the four words from `offset` on are */
export function textOf(words: Uint32Array, offset = 0): string {
  let hex = '';
  for (let index = 0; index < ID_WORDS; index++)
    hex += (words[offset + index] as number).toString(16).padStart(DIGITS_PER_WORD, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const UUID_TEXT_LENGTH = 36;
const DIGITS_PER_WORD = 8;
const DASH = 0x2d;
const NO_DIGIT = 0xff;

const HEX_VALUES = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase());
  return value < 0 ? NO_DIGIT : value;
});

function isDashPlace(index: number): boolean {
  return index === 8 || index === 13 || index === 18 || index === 23;
}
