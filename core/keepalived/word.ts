import { isIP } from 'node:net';
import { DriverFailure } from '../domain/errors.ts';

/**
 * How a value of a database or of the network service gets into the file: each is held against its form, so that none
 * can end its line.
 * @throws DriverFailure (permanent) that says what is wrong with what
 */
export function matching(text: string, form: RegExp, what: string, right: string): string {
  return form.test(text) ? text : refuse(what, `is ${JSON.stringify(text)}; it must be ${right}`);
}

export function ipAddress(text: string | null, what: string): string {
  if (text !== null && isIP(text) !== 0 && !text.includes('%')) return text;
  return refuse(what, `is ${JSON.stringify(text)}; it must be an IPv4 or IPv6 address`);
}

export function folderOf(basePath: string): string {
  return matching(basePath, /^\/[\w./-]+$/, 'base_path', 'an absolute path without blanks');
}

export function cidr(text: string, what: string): string {
  const [address = '', length = '', ...more] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const isLength = /^\d{1,3}$/.test(length) && Number(length) <= bits;
  if (isLength && more.length === 0 && !address.includes('%')) return text;
  return refuse(what, `is ${JSON.stringify(text)}; it must be a network like 203.0.113.0/24`);
}

export function refuse(what: string, wrong: string): never {
  throw new DriverFailure(`keepalived.conf: ${what} ${wrong}`, { retryable: false });
}
