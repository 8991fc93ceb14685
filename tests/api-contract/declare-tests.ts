import { expect, test } from 'vitest';
import { expectNothingPending, invalid } from '../../api/testing/contract.ts';
import type { Api, ApiResponse } from '../../api/testing/harness.ts';
import { type Fault, type Outcome, type Row, refused, shown, type Table } from './table.ts';

/** Declares one test for each attribute of a request, and those of the body around them. */
export function declareTests(api: Api, table: Table): void {
  test(`${table.title}: every attribute that the schema knows has a row, and nothing else has`, () => {
    expect(table.rows.map((row) => row.name).toSorted()).toEqual(table.attributes.toSorted());
  });

  for (const row of table.rows)
    test(`${table.title}: what ${row.name} may be, and what it may not`, async () => {
      await expectOutcomes(table, row, refusalsOf(row));
      await expectNothingPending(api);
      await expectOutcomes(table, row, acceptedBy(row));
      await expectNothingPending(api);
    });

  for (const name of [...table.unknown, 'nonsense'])
    test(`${table.title}: ${name} is no attribute of it`, async () => {
      const body = table.compose({ [name]: 1 });
      const answer = await table.send(body);
      const fault = `Unknown attribute for argument ${table.path}: ${name}`;
      expect([answer.status, answer.json?.faultstring]).toEqual([400, fault]);
    });

  if (table.path === `${table.argument}.${table.root}`) declareBodyTest(table);
}

/** Of what stands within another noun's body, the other's table has it. */
function declareBodyTest(table: Table): void {
  test(`${table.title}: what is no such body at all is refused`, async () => {
    for (const [body, fault] of bodies(table)) {
      const answer = await table.send(body);
      expect([body, answer.status, answer.json?.faultstring]).toEqual([body, 400, fault]);
    }
  });
}

interface Case {
  readonly sent: unknown;
  readonly wanted: Outcome;
}

function refusalsOf(row: Row): readonly Case[] {
  const all = [...row.kind.refuses, ...(row.refuses ?? [])];
  return all.map(([sent, fault, status]) => ({ sent, wanted: refused(fault, status) }));
}

/** Absence comes after what was accepted, since it may mean that this stays; null comes last. */
function acceptedBy(row: Row): readonly Case[] {
  const accepted = (row.accepts ?? row.kind.accepts).map(([sent, value = sent]) => ({
    sent,
    wanted: shown(value),
  }));
  const absent = row.absent ?? accepted.at(-1)?.wanted;
  if (absent === undefined) throw new Error(`${row.name}: what its absence means is not said`);
  return [...accepted, { sent: undefined, wanted: absent }, { sent: null, wanted: row.whenNull }];
}

/** All at once, so that a failure shows which values are treated otherwise. */
async function expectOutcomes(table: Table, row: Row, cases: readonly Case[]): Promise<void> {
  const seen: unknown[] = [];
  const wanted: unknown[] = [];
  for (const each of cases) {
    const body = table.compose({ [row.name]: each.sent });
    const answer = await table.send(body);
    seen.push([printed(each.sent), await outcomeOf(table, row, answer)]);
    wanted.push([printed(each.sent), resolved(each.wanted, table, row, body)]);
    if (answer.status < 300) await table.reset();
  }
  expect(seen).toEqual(wanted);
}

async function outcomeOf(table: Table, row: Row, answer: ApiResponse): Promise<unknown> {
  if (answer.status !== table.successStatus)
    return [answer.status, answer.json?.faultstring ?? answer.text];
  const found = await table.find(answer);
  return [answer.status, row.shownBy ? row.shownBy(found) : found[row.name]];
}

function resolved(outcome: Outcome, table: Table, { name }: Row, body: unknown): unknown {
  if (outcome.kind === 'shown') return [table.successStatus, outcome.value];
  const { fault, status } = outcome;
  const text = typeof fault === 'string' ? fault : fault({ argument: table.argument, name, body });
  return [status, text];
}

function bodies(table: Table): readonly (readonly [unknown, Fault])[] {
  const { argument, root, isRootNullable = false } = table;
  const missing = invalid(root, 'None', 'Mandatory field missing.');
  const noObject = 'Value should be an object';
  return [
    [undefined, `Missing argument: "${argument}"`],
    [{}, missing],
    ...(isRootNullable ? [] : [[{ [root]: null }, missing] as const]),
    [[], invalid(argument, '[]', noObject)],
    ['"x"', invalid(argument, 'x', noObject)],
    ['{', 'Request is not in valid JSON format'],
    [
      { ...(table.compose({}) as object), more: 1 },
      `Unknown attribute for argument ${argument}: more`,
    ],
    [
      { ...(table.compose({}) as object), b: 1, a: 1 },
      `Unknown attributes for argument ${argument}: a, b`,
    ],
  ];
}

function printed(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 90 ? `${text.slice(0, 60)}… (${text.length} characters)` : text;
}
