import { isIPv6 } from 'node:net';
import { DriverFailure } from '../domain/errors.ts';

/**
 * How a stranger's text gets into a keepalived configuration. Its parser knows quotes, comments (`#`, `!`), braces,
 * variables (`$`) and conditions (`@`), and no escape that works everywhere: so values have a strict form, or are
 * refused by name.
 */

/** @throws DriverFailure (permanent) that says what is wrong with what */
export function refuse(what: string, wrong: string): never {
  throw new DriverFailure(`keepalived.conf: ${what} ${wrong}`, { retryable: false });
}

export function id(text: string, what: string): string {
  return /^[0-9A-Za-z-]{1,64}$/.test(text) ? text : refuse(what, 'must be a UUID');
}

/** One word of the configuration: a file or a namespace of the deployment's. */
export function word(text: string, what: string): string {
  return /^[\w./:-]+$/.test(text) ? text : refuse(what, 'must be one word without special signs');
}

export function whole(value: number, min: number, max: number, what: string): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  return refuse(what, `is ${value}; it must be a whole number from ${min} to ${max}`);
}

export function port(value: number, what: string): number {
  return whole(value, 1, 65_535, `${what}: port`);
}

export function ipVersionOf(address: string): 4 | 6 {
  return isIPv6(address) ? 6 : 4;
}

/** The path of a URL. What keepalived would read as its own syntax stands as its percent code, which means the same. */
export function urlPath(text: string, what: string): string {
  if (!/^\/[^\s\p{Cc}]*$/u.test(text)) refuse(what, 'must begin with / and hold no blanks');
  return text.replaceAll(/[^\w\-./?=&%:,+;]/gu, (sign) =>
    [...Buffer.from(sign)].map((byte) => `%${byte.toString(16).toUpperCase()}`).join(''),
  );
}
