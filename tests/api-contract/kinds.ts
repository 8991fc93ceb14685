import { pythonText } from '../../api/schema/python-text.ts';
import { invalid } from '../../api/testing/contract.ts';
import { type Accepted, type Fault, type Kind, type Refused } from './table.ts';

/** The types of values as the contract has them, each with its bounds and with values of other types. */

/** The text names the attribute and the value. */
const withValue =
  (value: unknown, tail: string): Fault =>
  (at) =>
    invalid(at.name, pythonText(value), tail);
/** The text names the whole body. */
const withBody =
  (tail: string): Fault =>
  (at) =>
    invalid(at.argument, pythonText(at.body), tail);
export const refusing = (tail: string, ...values: readonly unknown[]): readonly Refused[] =>
  values.map((value) => [value, withValue(value, tail)]);

export function text(lengthMax: number): Kind {
  return {
    accepts: [['a'], [''], ['é'.repeat(lengthMax)], ['"\\\n😀']],
    refuses: notTexts(lengthMax),
  };
}

function notTexts(lengthMax: number): readonly Refused[] {
  const tooLong = 'x'.repeat(lengthMax + 1);
  return [
    ...refusing('Value should be string', 5, true, ['a'], { a: null }, 'a\0b'),
    ...refusing(`Value should have a maximum character requirement of ${lengthMax}`, tooLong),
  ];
}

export interface Pattern {
  /** As faults print it. */
  readonly pattern: string;
  readonly lengthMax: number;
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

export function patterned({ pattern, lengthMax, good, bad }: Pattern): Kind {
  return {
    accepts: good.map((each) => [each]),
    refuses: [
      ...notTexts(lengthMax),
      ...refusing(`Value should match the pattern ${pattern}`, ...bad),
    ],
  };
}

export const bool: Kind = {
  accepts: [
    ...['true', 't', 'yes', 'y', 'on', '1', true, 1, 7, -1].map((sent) => [sent, true] as const),
    ...['false', 'f', 'no', 'n', 'off', '0', false, 0].map((sent) => [sent, false] as const),
  ],
  refuses: ['TRUE', 'maybe', '', 1.5, [], {}].map((sent) => [
    sent,
    withBody(`Value not an unambiguous boolean: ${pythonText(sent)}`),
  ]),
};

const STORED_MAX = 2_147_483_647;

export function int(min: number, max = STORED_MAX): Kind {
  return {
    accepts: [[min], [max], [String(max), max], [` ${min} `, min], [max - 0.5, max - 1], [true, 1]],
    refuses: [
      ...refusing(`Value should be greater or equal to ${min}`, min - 1),
      ...refusing(`Value should be lower or equal to ${max}`, max + 1),
      ...['many', '', '1.5', [], {}].map(
        (sent): Refused => [
          sent,
          withBody(`invalid literal for int() with base 10: '${pythonText(sent)}'`),
        ],
      ),
    ],
  };
}

export function enumeration(...values: readonly string[]): Kind {
  const [first = ''] = values;
  const strangers = [first.toLowerCase(), `${first} `, '', 1, true, [first], {}];
  return {
    accepts: values.map((value) => [value]),
    refuses: refusing(`Value should be one of: ${values.join(', ')}`, ...strangers),
  };
}

/** @param printed the values as faults print them */
export function numbers(printed: string, ...values: readonly number[]): Kind {
  return {
    accepts: values.flatMap((value): Accepted[] => [[value], [String(value), value]]),
    refuses: refusing(`Value should be one of: ${printed}`, 0, 2, '200'),
  };
}

const spellings = (id: string): Accepted[] => [
  [id],
  [id.toUpperCase(), id],
  [`urn:uuid:${id}`, id],
  [`{${id.replaceAll('-', '')}}`, id],
];

/** @param there UUIDs of what is there, if it must be */
export function uuid(...there: readonly string[]): Kind {
  return {
    accepts: there.flatMap(spellings),
    refuses: refusing('Value should be UUID format', 'nope', '', `${there[0]}0`, 5, true, [], {}),
  };
}

export const alpn: Kind = {
  accepts: [['h2'], ['http/1.1'], ['http/1.0']],
  refuses: refusing('Value should be a valid ALPN protocol ID', 'spdy', 'H2', '', 5, []),
};

const notLists = ['x', 5, true, { a: 1 }].map(
  (sent): Refused => [sent, withBody(`Value not a valid list: ${pythonText(sent)}`)],
);

/** Kept in order, or as a set: sorted, and each item once. */
export function list(item: Kind): Kind {
  const inside = item.refuses.map(
    ([sent, ...rest]): Refused => [[item.accepts[0]?.[0], sent], ...rest],
  );
  return {
    accepts: [[[]], ...item.accepts.map(([sent, shownAs = sent]): Accepted => [[sent], [shownAs]])],
    refuses: [...notLists, ...inside, ...refusing('Value should not be null', null).map(inList)],
  };
}

function inList([sent, ...rest]: Refused): Refused {
  return [[sent], ...rest];
}

/** Refused as a whole; what is inside has a table of its own. */
export const objects: Kind = {
  accepts: [[[]]],
  refuses: [
    ...notLists,
    ...refusing('Value should be an object', 'x', 5, []).map(inList),
    ...refusing('Value should not be null', null).map(inList),
  ],
};

export const object: Kind = {
  accepts: [],
  refuses: refusing('Value should be an object', 'x', 5, true, []),
};

const tags = list(text(255));
export const TAGS: Kind = {
  accepts: [
    ...tags.accepts,
    [
      ['b', '', 'a', 'b'],
      ['', 'a', 'b'],
    ],
  ],
  refuses: tags.refuses,
};

export const map: Kind = {
  accepts: [[{}]],
  refuses: [
    ...['x', 5, true, []].map(
      (sent): Refused => [sent, withBody(`Value not a valid dict: ${pythonText(sent)}`)],
    ),
    ...refusing('Value should be string', 5, true, null, []).map(inMap),
    ...refusing('Value should have a maximum character requirement of 255', 'x'.repeat(256)).map(
      inMap,
    ),
  ],
};

function inMap([sent, ...rest]: Refused): Refused {
  return [{ 'X-Forwarded-For': sent }, ...rest];
}
