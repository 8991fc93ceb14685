import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { DriverFailure } from '#core/domain/errors.ts';

/** Seals with the first passphrase and opens with any, so that a new one can be put before the old one. */
export interface Seal {
  /** @param place what the text belongs to: sealed bytes that were moved elsewhere do not open */
  close(text: string, place: string): Buffer;
  /** @throws DriverFailure (permanent) naming the place, when no passphrase opens it or it was tampered with */
  open(sealed: Buffer, place: string): string;
  /** Whether it is sealed with the first passphrase already. */
  isCurrent(sealed: Buffer): boolean;
}

interface Key {
  /** Begins everything sealed with the key, to find the key by; says nothing about it. */
  readonly mark: Buffer;
  readonly secret: Buffer;
}

const CIPHER = 'aes-256-gcm';
const MARK_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PASSPHRASE_LENGTH_MIN = 32;
const OPTION = '[certificates] server_certs_key_passphrase';
/** Octavia's default: whoever has read its source could open everything. */
const PUBLISHED = 'insecure-key-do-not-use-this-key';

/**
 * @param passphrases at least one, each of 32 or more random characters; the first closes, all open
 * @throws DriverFailure (permanent) naming the option
 */
export function openSeal(passphrases: readonly string[]): Seal {
  const [first, ...others] = passphrases.map(keyOf);
  if (first === undefined)
    throw unusable('is empty; tenants’ keys are sealed with its first passphrase, so give one');
  const keys = [first, ...others];
  return {
    close: (text, place) => close(first, text, place),
    open(sealed, place) {
      const key = keys.find(({ mark }) => mark.equals(markIn(sealed)));
      if (key === undefined)
        throw unreadable(
          place,
          `is sealed with a passphrase that ${OPTION} does not list any more`,
        );
      return open(key, sealed, place);
    },
    isCurrent: (sealed) => first.mark.equals(markIn(sealed)),
  };
}

function keyOf(passphrase: string, index: number): Key {
  if (passphrase === PUBLISHED) throw unusable('is the one that Octavia’s source publishes');
  if (passphrase.length < PASSPHRASE_LENGTH_MIN)
    throw unusable(
      `has ${passphrase.length} characters in passphrase ${index + 1}; it must have at least ${PASSPHRASE_LENGTH_MIN}, at random`,
    );
  const derive = (purpose: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', passphrase, '', `octavia tenant secrets: ${purpose}`, bytes));
  return { mark: derive('mark', MARK_BYTES), secret: derive('key', 32) };
}

function markIn(sealed: Buffer): Buffer {
  return sealed.subarray(0, MARK_BYTES);
}

/** Mark, nonce, tag, cipher text. */
function close({ mark, secret }: Key, text: string, place: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, secret, nonce).setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([mark, nonce, cipher.getAuthTag(), body]);
}

function open({ secret }: Key, sealed: Buffer, place: string): string {
  const tagAt = MARK_BYTES + NONCE_BYTES;
  const bodyAt = tagAt + TAG_BYTES;
  try {
    const decipher = createDecipheriv(CIPHER, secret, sealed.subarray(MARK_BYTES, tagAt), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(tagAt, bodyAt));
    return decipher.update(sealed.subarray(bodyAt), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw unreadable(place, 'was changed in the database; add the certificate anew');
  }
}

function unusable(what: string): DriverFailure {
  return new DriverFailure(`${OPTION} ${what}`, { retryable: false });
}

function unreadable(place: string, what: string): DriverFailure {
  return new DriverFailure(`secret ${place} ${what}`, { retryable: false });
}
