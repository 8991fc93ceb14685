import type { L7Rule } from '#core/domain/l7-rule.ts';

/** A request as far as rules look at it. */
export interface Asked {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface L7Case {
  readonly rule: Pick<L7Rule, 'type' | 'compareType' | 'key' | 'value'>;
  readonly matching: Asked;
  readonly other: Asked;
}

type Comparison = readonly [
  compareType: L7Rule['compareType'],
  value: string,
  matching: string,
  other: string,
];

const SIGNS = String.raw`-i "all" #'signs' \ %[src] if TRUE`;

const HOSTS: readonly Comparison[] = [
  ['EQUAL_TO', 'equal.test', 'EQUAL.test', 'x.equal.test'],
  ['STARTS_WITH', 'starts.', 'starts.test', 'x.starts.test'],
  ['ENDS_WITH', '.ends.test', 'a.ends.test', 'ends.test'],
  ['CONTAINS', 'contained', 'is.contained.test', 'is.not.test'],
  ['REGEX', String.raw`^r[0-9]+\.test$`, 'r17.test', 'rx.test'],
];
const PATHS: readonly Comparison[] = [
  ['EQUAL_TO', '/equal', '/equal?a=b', '/equal/'],
  ['STARTS_WITH', '/starts', '/starts/here', '/Starts'],
  ['ENDS_WITH', '/ends', '/it/ends', '/ends/'],
  ['CONTAINS', '/in/', '/it/is/in/here', '/it/is/in'],
  ['REGEX', '^/(a|b)[0-9]{2}$', '/b12', '/b123'],
];
const FILES: readonly Comparison[] = [
  ['EQUAL_TO', 'jpg', '/a/picture.jpg', '/a/jpg.png'],
  ['REGEX', String.raw`^.*\.(gif|webp)$`, '/x.webp', '/x.webp/y'],
];
/** Of a header, and of a cookie. */
const VALUES: readonly Comparison[] = [
  ['EQUAL_TO', 'value', 'value', 'values'],
  ['STARTS_WITH', 'be', 'begin', 'maybe'],
  ['ENDS_WITH', 'nd', 'end', 'ends'],
  ['CONTAINS', 'mid', 'amidst', 'MID'],
  ['REGEX', '^[0-9]+$', '123', '12a'],
];

/** Every type of rule on plain HTTP with every comparison that it knows. */
export const L7_CASES: readonly L7Case[] = [
  ...HOSTS.map((each) => caseOf('HOST_NAME', null, each, (host) => ({ headers: { host } }))),
  ...PATHS.map((each) => caseOf('PATH', null, each, (path) => ({ path }))),
  ...FILES.map((each) => caseOf('FILE_TYPE', null, each, (path) => ({ path }))),
  ...VALUES.map((each, index) =>
    caseOf('HEADER', `X-Key-${index}`, each, (value) => ({
      headers: { [`x-key-${index}`]: value },
    })),
  ),
  ...VALUES.map((each, index) =>
    caseOf('COOKIE', `key${index}`, each, (value) => ({
      headers: { cookie: `a=b; key${index}=${value}; c=d` },
    })),
  ),
  caseOf('HEADER', 'X-Signs', ['EQUAL_TO', SIGNS, SIGNS, SIGNS.slice(1)], (value) => ({
    headers: { 'x-signs': value },
  })),
];

function caseOf(
  type: L7Rule['type'],
  key: string | null,
  [compareType, value, matching, other]: Comparison,
  asked: (text: string) => Asked,
): L7Case {
  return {
    rule: { type, compareType, key, value },
    matching: asked(matching),
    other: asked(other),
  };
}
