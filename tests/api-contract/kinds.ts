import { pythonText } from '../../api/schema/python-text.ts';
import { invalid } from '../../api/testing/contract.ts';
import type { Accepted, Fault, Kind, Refused } from './table.ts';

/** The types of values as the contract has them, each with its bounds and with values of other types. */

/** The text names the attribute and the value. */
const withValue =
  (value: unknown, tail: string): Fault =>
  (at) =>
    invalid(at.name, pythonText(value), tail);
/** The text names the whole body. */
export const withBody =
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
