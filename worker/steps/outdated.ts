import { prepared } from '#core/db/prepared.ts';
import { statement } from '#core/db/transaction.ts';
import type { Amphora } from '#core/domain/amphora.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import type { ConnectPatience } from '#core/ports/amphora.ts';
import { reasonOf } from '../engine/attempt.ts';
import type { World } from '../world.ts';
import { classify } from './patience.ts';

const OUTDATED = prepared(
  'select amphora_id as id from outdated_amphora where amphora_id = any($1)',
);
const NOTE = prepared(
  'insert into outdated_amphora (amphora_id) select unnest($1::uuid[]) on conflict do nothing',
);

const FORGET = prepared('delete from outdated_amphora where amphora_id = $1');

interface Failed {
  readonly amphora: Amphora;
  readonly reason: unknown;
}

interface Told<Result> {
  readonly results: readonly Result[];
  readonly failed: readonly Failed[];
}

/**
 * Tells amphorae that share their traffic of a change, all at once. It is in force when one of them took it: those that
 * did not are brought up to date as soon as they answer, or replaced when they stay silent. Nobody waits long for one
 * while there is another, and for one that is known to be behind not at all.
 * @param tell with the patience to have; undefined: the driver's own
 * @throws when none took it
 */
export async function tellServing<Result>(
  serving: readonly Amphora[],
  tell: (amphora: Amphora, patience?: ConnectPatience) => Promise<Result>,
  world: World,
): Promise<readonly Result[]> {
  let failed: readonly Failed[] = [];
  for (const { asked, patience } of await roundsOf(serving, world)) {
    const told = await tellAll(asked, (amphora) => tell(amphora, patience));
    if (told.results.length > 0) return withOutdated(told, world);
    ({ failed } = told);
    const isHopeless = failed.every(({ reason }) => classify(reason) === 'permanent');
    if (asked === serving && isHopeless) break;
  }
  throw worstOf(failed);
}

/** They are told all there is as soon as they answer. */
export async function noteOutdated(failed: readonly Failed[], world: World): Promise<void> {
  if (failed.length === 0) return;
  const ids = failed.map(({ amphora }) => amphora.id);
  await statement(world.database, (tx) => tx.query(NOTE, [ids]));
  for (const { amphora, reason } of failed)
    world.logger.warn(
      { amphora_id: amphora.id, reason: reasonOf(reason) },
      'an amphora missed a change, it will be brought up to date when it answers',
    );
}

/** It has been told all there is. */
export async function forgetOutdated(amphoraId: string, { database }: World): Promise<void> {
  await statement(database, (tx) => tx.query(FORGET, [amphoraId]));
}

interface Round {
  readonly asked: readonly Amphora[];
  readonly patience: ConnectPatience | undefined;
}

async function roundsOf(serving: readonly Amphora[], world: World): Promise<readonly Round[]> {
  const patient = { asked: serving, patience: undefined };
  if (serving.length < 2) return [patient];
  const { pair: patience } = world.patience;
  const current = await upToDateOf(serving, world);
  const first = current.length < serving.length ? [{ asked: current, patience }] : [];
  return [...first, { asked: serving, patience }, patient];
}

async function upToDateOf(
  serving: readonly Amphora[],
  { database }: World,
): Promise<readonly Amphora[]> {
  const found = await database.query<{ id: string }>(OUTDATED, [serving.map(({ id }) => id)]);
  const outdated = new Set(found.rows.map(({ id }) => id));
  return serving.filter(({ id }) => !outdated.has(id));
}

/** @throws what is no amphora's fault: that the database is away */
async function tellAll<Result>(
  amphorae: readonly Amphora[],
  tell: (amphora: Amphora) => Promise<Result>,
): Promise<Told<Result>> {
  const ends = await Promise.allSettled(amphorae.map(tell));
  const results = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  const failed = amphorae.flatMap((amphora, index) => {
    const end = ends[index];
    return end?.status === 'rejected' ? [{ amphora, reason: end.reason as unknown }] : [];
  });
  const outage = failed.find(({ reason }) => classify(reason) === 'outage');
  if (outage) throw outage.reason;
  return { results, failed };
}

async function withOutdated<Result>(
  { results, failed }: Told<Result>,
  world: World,
): Promise<readonly Result[]> {
  await noteOutdated(failed, world);
  return results;
}

/** What no other try mends counts most. */
function worstOf(failed: readonly Failed[]): unknown {
  const reasons = failed.map(({ reason }) => reason);
  return reasons.find((one) => !(one instanceof DriverFailure && one.isRetryable)) ?? reasons[0];
}
