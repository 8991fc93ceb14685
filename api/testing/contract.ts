import { expect, test } from 'vitest';
import type { Api, ApiResponse } from './harness.ts';

/** One row of the contract's tables: what may be sent for an attribute, and what comes back. */
export interface AttributeRow {
  readonly name: string;
  /** Sent and, when it differs, what the answer shows. */
  readonly accepts?: readonly (readonly [sent: unknown, shown?: unknown])[];
  /** Sent and the fault text it meets, status 400. `#` stands for the value as form I prints it. */
  readonly refuses?: readonly (readonly [sent: unknown, fault: string])[];
  /** What the answer shows when it is absent; undefined: not looked at. */
  readonly absent?: unknown;
  /** What a null leads to; `=absent` when nothing else is said. */
  readonly whenNull?: unknown;
  readonly nullRefused?: string;
}

export interface AttributeTable {
  readonly title: string;
  readonly argument: string;
  readonly root: string;
  /** Sends a body with this attribute (or without, for undefined) and answers. */
  send(attributes: Readonly<Record<string, unknown>>): Promise<ApiResponse>;
  readonly successStatus: 200 | 201 | 202;
  readonly rows: readonly AttributeRow[];
}

/** Declares one test for each value of each row. */
export function testAttributes(api: () => Api, table: AttributeTable): void {
  const show = (answer: ApiResponse) => answer.json?.[table.root];
  for (const row of table.rows) {
    for (const [sent, shown] of row.accepts ?? [])
      test(`${table.title}: ${row.name} takes ${printed(sent)}`, async () => {
        const answer = await table.send({ [row.name]: sent });
        expect(answer.status, answer.text).toBe(table.successStatus);
        expect(show(answer)[row.name]).toEqual(shown === undefined ? sent : shown);
      });
    for (const [sent, fault] of row.refuses ?? [])
      test(`${table.title}: ${row.name} refuses ${printed(sent)}`, async () => {
        const answer = await table.send({ [row.name]: sent });
        expect(answer.json?.faultstring).toBe(fault);
        expect(answer.status).toBe(400);
        await expectNothingPending(api());
      });
    if ('absent' in row)
      test(`${table.title}: ${row.name} absent means ${printed(row.absent)}`, async () => {
        const answer = await table.send({});
        expect(answer.status, answer.text).toBe(table.successStatus);
        expect(show(answer)[row.name]).toEqual(row.absent);
      });
    if ('whenNull' in row)
      test(`${table.title}: ${row.name} null means ${printed(row.whenNull)}`, async () => {
        const answer = await table.send({ [row.name]: null });
        expect(answer.status, answer.text).toBe(table.successStatus);
        expect(show(answer)[row.name]).toEqual(row.whenNull);
      });
    if (row.nullRefused !== undefined)
      test(`${table.title}: ${row.name} refuses null`, async () => {
        const answer = await table.send({ [row.name]: null });
        expect(answer.json?.faultstring).toBe(row.nullRefused);
        expect(answer.status).toBe(row.nullRefused?.endsWith('not found.') ? 404 : 400);
      });
  }
  test(`${table.title}: an unknown attribute is named`, async () => {
    const answer = await table.send({ nonsense: 1 });
    expect(answer.status).toBe(400);
    expect(answer.json.faultstring).toBe(
      `Unknown attribute for argument ${table.argument}.${table.root}: nonsense`,
    );
  });
}

const NOUNS = [
  'load_balancer',
  'listener',
  'pool',
  'member',
  'health_monitor',
  'l7_policy',
  'l7_rule',
];

/** A refused request leaves no lock behind and no half-made object. */
export async function expectNothingPending(api: Api): Promise<void> {
  for (const noun of NOUNS) {
    const pending = await api.database.query(
      `select id from ${noun} where provisioning_status like 'PENDING%'`,
    );
    expect(pending.rows, `${noun} rows left pending`).toEqual([]);
  }
}

function printed(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 40)}… (${text.length} characters)` : text;
}

export function invalid(attribute: string, value: string, tail: string): string {
  return `Invalid input for field/attribute ${attribute}. Value: '${value}'. ${tail}`;
}

const LONG = 'x'.repeat(256);

/** The rows that every noun shares. */
export const NAME_ROW = (name: string): AttributeRow => ({
  name,
  accepts: [['a'], [''], ['é'.repeat(255)], ['"\\\n😀']],
  refuses: [
    [LONG, invalid(name, LONG, 'Value should have a maximum character requirement of 255')],
    [5, invalid(name, '5', 'Value should be string')],
    [true, invalid(name, 'True', 'Value should be string')],
    [['a'], invalid(name, "['a']", 'Value should be string')],
    [{ a: null }, invalid(name, "{'a': None}", 'Value should be string')],
  ],
  whenNull: '',
});

export const TAGS_ROW: AttributeRow = {
  name: 'tags',
  accepts: [
    [[]],
    [
      ['a', ''],
      ['', 'a'],
    ],
    [
      ['b', 'a', 'b'],
      ['a', 'b'],
    ],
  ],
  refuses: [
    [[5], invalid('tags', '5', 'Value should be string')],
    [[LONG], invalid('tags', LONG, 'Value should have a maximum character requirement of 255')],
  ],
};

export const BOOLEANS: NonNullable<AttributeRow['accepts']> = [
  [true],
  [false],
  [0, false],
  [7, true],
  ['true', true],
  ['off', false],
  ['n', false],
  ['1', true],
];

export function integerRow(
  name: string,
  min: number,
  max: number,
  more: Omit<AttributeRow, 'name'> = {},
): AttributeRow {
  return {
    name,
    accepts: [[min], [max], [String(max), max], [min + 0.9, min]],
    refuses: [
      [min - 1, invalid(name, String(min - 1), `Value should be greater or equal to ${min}`)],
      [max + 1, invalid(name, String(max + 1), `Value should be lower or equal to ${max}`)],
    ],
    ...more,
  };
}
