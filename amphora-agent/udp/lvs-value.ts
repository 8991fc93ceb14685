import { isIP, isIPv6 } from 'node:net';
import type { Endpoint } from './lvs-listener.ts';
import { NotLvs, type Statement } from './lvs-text.ts';

/** The values of statements: each of a form that may stand in a rule or on a command line as it is. */

/** The first word after a keyword; undefined when the keyword is not there. */
export function valueOf(statements: readonly Statement[], keyword: string): string | undefined {
  return statements.find(({ words }) => words[0] === keyword)?.words[1];
}

export function wholeOf(
  statements: readonly Statement[],
  keyword: string,
  otherwise: number,
  max: number,
): number {
  const text = valueOf(statements, keyword);
  if (text === undefined) return otherwise;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= max) return value;
  throw new NotLvs(`${keyword} ${text}: it must be a whole number up to ${max}`);
}

/** @throws NotLvs unless both are an address and a port */
export function endpointOf(address: string | undefined, port: string | undefined): Endpoint {
  const number = Number(port);
  const isGood =
    isAddress(address) && /^\d{1,5}$/.test(port ?? '') && number > 0 && number < 65_536;
  if (isGood) return { address, port: number };
  throw new NotLvs(`"${address} ${port}" must be an IP address and a port`);
}

export function versionOf({ address }: Endpoint): 4 | 6 {
  return isIPv6(address) ? 6 : 4;
}

/** A netmask of IPv4, or a number of bits. A mask of the other version means every address by itself, as in keepalived. */
export function prefixLengthOf(text: string | undefined, version: 4 | 6): number {
  const all = version === 4 ? 32 : 128;
  if (text === undefined) return all;
  if (/^\d{1,3}$/.test(text) && Number(text) <= all) return Number(text);
  if (isIP(text) !== 4) throw new NotLvs(`persistence_granularity ${text}: it must be a netmask`);
  if (version === 6) return all;
  const bits = text
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('');
  if (!/^1*0*$/.test(bits))
    throw new NotLvs(`persistence_granularity ${text}: its ones must come first`);
  return bits.replaceAll('0', '').length;
}

/** The id in a comment such as `# Configuration for Member <id>`; null for any other. */
export function idIn(comment: Statement, form: RegExp): string | null {
  if (comment.words[0] !== '#') return null;
  return form.exec(comment.words.slice(1).join(' '))?.[1]?.toLowerCase() ?? null;
}

function isAddress(text: string | undefined): text is string {
  return text !== undefined && isIP(text) !== 0 && !text.includes('%');
}
