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
  let digit = 0;
  for (let index = 0; index < ID_WORDS; index++) {
    const word = words[offset + index] as number;
    for (let shift = 28; shift >= 0; shift -= 4, digit++)
      text[DIGIT_PLACES[digit] as number] = DIGIT_CODES[(word >>> shift) & 0xf] as number;
  }
  return text.toString('latin1');
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

const DIGIT_CODES = Buffer.from('0123456789abcdef');
const DIGIT_PLACES = Uint8Array.from(
  Array.from({ length: UUID_TEXT_LENGTH }, (_, index) => index).filter(
    (index) => !isDashPlace(index),
  ),
);
/** Written over by each call: one string made of ready bytes costs a tenth of one put together from parts. */
const text = Buffer.from('00000000-0000-0000-0000-000000000000');
