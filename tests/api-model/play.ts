import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../../api/testing/harness.ts';
import type { Command } from './command.ts';
import { type Answered, expectation, explanations, said } from './explain.ts';
import { nameNewMembers, readSnapshot, snapshotOf } from './snapshot.ts';
import { emptyState, type State } from './state.ts';
import { commandOf, PRELUDE, type Round } from './step.ts';
import { giveNames, type Names, named, showAnswered } from './transcript.ts';

/** The API did what no order of the model explains; the message tells the whole story. */
export class Mismatch extends Error {}

/**
 * Plays the rounds against the API and the model, from an empty database. What a round leaves must be what one order
 * of its commands leaves, in which each gets the answer that it got.
 * @throws Mismatch
 */
export async function play(api: Api, profile: string, rounds: readonly Round[]): Promise<void> {
  await forgetEverything(api);
  const story: string[] = [];
  const names: Names = new Map();
  let state = emptyState();
  let serial = 0;
  for (const [index, round] of [...PRELUDE, ...rounds].entries()) {
    const before = state;
    const drawn = round.map((step) => ({
      command: commandOf(step, before, ++serial, profile),
      afterMs: step.afterMs,
    }));
    const answered = await Promise.all(
      drawn.filter(isFirstToFinish).map(async ({ command, afterMs }): Promise<Answered> => {
        await sleep(afterMs);
        return { command, answer: await command.send(api) };
      }),
    );
    story.push(...showAnswered(index + 1, answered));
    state = await settle(api, state, answered, { story, names });
    giveNames(names, state);
  }
}

function isFirstToFinish(
  { command: { finishes } }: { readonly command: Command },
  index: number,
  all: readonly { readonly command: Command }[],
): boolean {
  return (
    finishes === undefined ||
    all.findIndex(({ command }) => command.finishes === finishes) === index
  );
}

async function settle(
  api: Api,
  before: State,
  round: readonly Answered[],
  { story, names }: { readonly story: readonly string[]; readonly names: Names },
): Promise<State> {
  const stored = await readSnapshot(api.database);
  let nearest: State | null = null;
  for (const candidate of explanations(before, round)) {
    const after = await nameNewMembers(api.database, candidate);
    if (isSame(snapshotOf(after), stored)) return after;
    nearest ??= after;
  }
  const fault =
    nearest === null
      ? ['No order explains the last answers. Alone each would be:', ...alone(before, round)]
      : ['The answers are right, but what is stored is not.', ...difference(nearest, stored)];
  giveNames(names, nearest ?? before);
  throw new Mismatch(named([...story, ...fault], names));
}

function alone(before: State, round: readonly Answered[]): readonly string[] {
  return round.map(({ command, answer }) => {
    const { status, text } = expectation(command, structuredClone(before), answer);
    return `  ${command.text}: ${status} ${text ?? ''}, got ${answer.status} ${text === null && answer.status < 300 ? '' : said(answer)}`;
  });
}

function difference(expected: State, stored: readonly string[]): readonly string[] {
  const wanted = snapshotOf(expected);
  return [
    ...wanted.filter((line) => !stored.includes(line)).map((line) => `  expected ${line}`),
    ...stored.filter((line) => !wanted.includes(line)).map((line) => `  stored   ${line}`),
  ];
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}

async function forgetEverything({ database }: Api): Promise<void> {
  await database.query(
    `delete from load_balancer; delete from quota; delete from vip_intent;
     delete from flavor where id <> '00000000-0000-0000-0000-000000000000'`,
  );
}
