import { randomUUID } from 'node:crypto';
import type { Database } from '#core/db/pool.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { statement, transaction } from '#core/db/transaction.ts';
import { type Amphora, isInPlace } from '#core/domain/amphora.ts';
import { AmphoraStatus, MUTABLE } from '#core/domain/status.ts';
import type { ConnectPatience } from '#core/ports/amphora.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import { countFailovers } from '#core/queue/failovers.ts';
import { Repeating } from '#core/service/repeating.ts';
import { reasonOf } from './engine/attempt.ts';
import { treeOf } from './steps/tree.ts';
import type { World } from './world.ts';

type Refreshing = Pick<World, 'database' | 'amphora' | 'clock' | 'logger'>;

interface Outdated {
  readonly amphoraId: string;
  readonly loadBalancerId: string;
  readonly attempts: number;
}

const BATCH = 20;
const GLANCE: ConnectPatience = { attemptsMax: 1, intervalMs: 1000 };
/** With pauses of 5 s that grow to half a minute, a quarter of an hour. */
const ATTEMPTS_MAX = 32;

const BEHIND = `
  from outdated_amphora o
  join amphora a on a.id = o.amphora_id and a.status in ('ALLOCATED', 'FAILOVER_STOPPED')
  join load_balancer lb on lb.id = a.load_balancer_id`;
const COUNT = `select count(*)::int as count ${BEHIND}`;
/** Of any number of workers one is given each. */
const CLAIM = `
  with due as (
    select o.amphora_id, lb.id ${BEHIND}
    where o.next_attempt_at <= now() and lb.provisioning_status = 'ACTIVE'
    order by o.next_attempt_at limit ${BATCH} for update of o skip locked)
  update outdated_amphora o set attempts = o.attempts + 1,
    next_attempt_at = now() + least(5 * power(2, least(o.attempts, 3)), 30) * interval '1 second'
  from due where o.amphora_id = due.amphora_id
  returning o.amphora_id as "amphoraId", due.id as "loadBalancerId", o.attempts`;

export interface AmphoraRefresherOptions {
  readonly world: Refreshing;
  readonly intervalMs: number;
  /** Told how many amphorae are behind. */
  readonly counted: (count: number) => void;
}

/** Looks for amphorae that missed a change, and asks for a refresh of those that answer again. */
export function amphoraRefresher({ world, intervalMs, counted }: AmphoraRefresherOptions) {
  const { clock, logger } = world;
  return new Repeating({
    name: 'amphora-refresher',
    intervalMs,
    clock,
    logger,
    async round() {
      counted(await askForRefreshes(world));
      return undefined;
    },
    complaint: 'could not look for amphorae that missed a change',
  });
}

/** @returns how many amphorae are behind */
export async function askForRefreshes(world: Refreshing): Promise<number> {
  const { database, logger } = world;
  const count = (await database.query<{ count: number }>(COUNT)).rows[0]?.count ?? 0;
  if (count === 0) return 0;
  const due = await statement(database, (tx) => tx.query<Outdated>(CLAIM));
  await Promise.all(
    due.rows.map((one) =>
      seeTo(one, world).catch((error: unknown) =>
        logger.warn({ amphora_id: one.amphoraId, reason: reasonOf(error) }, 'was not refreshed'),
      ),
    ),
  );
  return count;
}

async function seeTo(outdated: Outdated, world: Refreshing): Promise<void> {
  const { amphorae } = await treeOf(outdated, world);
  const own = amphorae.find(({ id }) => id === outdated.amphoraId);
  if (own === undefined) return;
  if (outdated.attempts >= ATTEMPTS_MAX && (await mayBeReplaced(own, amphorae, world)))
    return ask('amphora-failover', outdated, world);
  if (await doesAnswer(own, world)) await ask('amphora-refresh', outdated, world);
}

/**
 * It is heard, or it would have been replaced long ago, and takes no configuration. It is not to be our own network that
 * fails: the other one answers; and never are many replaced for this at once.
 */
async function mayBeReplaced(
  own: Amphora,
  amphorae: readonly Amphora[],
  world: Refreshing,
): Promise<boolean> {
  const other = amphorae.find((one) => isInPlace(one) && one.id !== own.id);
  if (own.status !== AmphoraStatus.Allocated || other === undefined) return false;
  return (await countFailovers(world.database)) === 0 && (await doesAnswer(other, world));
}

async function doesAnswer(amphora: Amphora, { amphora: driver }: Refreshing): Promise<boolean> {
  return driver.getInfo(amphora, GLANCE).then(
    () => true,
    () => false,
  );
}

async function ask(
  flow: 'amphora-refresh' | 'amphora-failover',
  { amphoraId, loadBalancerId, attempts }: Outdated,
  { database, logger }: { readonly database: Database } & Pick<World, 'logger'>,
): Promise<void> {
  await transaction(database, async (tx) => {
    const lock = await loadBalancers.lock(tx, loadBalancerId, MUTABLE, 'PENDING_UPDATE');
    if (!lock?.isLocked) return;
    const requestId = `req-${randomUUID()}`;
    await enqueue(tx, flow, { loadBalancerId, amphoraId }, { requestId });
    const about = {
      amphora_id: amphoraId,
      load_balancer_id: loadBalancerId,
      request_id: requestId,
    };
    logger.info({ ...about, flow, attempts }, 'an amphora that missed a change is seen to');
  });
}
