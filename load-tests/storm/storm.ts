import { setTimeout as delay } from 'node:timers/promises';
import type { Scene } from '../../deploy/one-box/demo/scene.ts';
import { leftOf } from '../../deploy/one-box/demo/take-down.ts';
import { failoversAllowed } from '../../health-ingest/scheduling/failover-budget.ts';
import { Fleet } from './fleet.ts';
import { MemoryWatch } from './memory-watch.ts';
import { StormCloud } from './storm-cloud.ts';
import { Verdict } from './verdict.ts';
import { WorkerKiller } from './worker-killer.ts';

export interface StormOptions {
  readonly count: number;
  readonly killed: number;
  readonly workerKillsSeconds: number;
  readonly activeWithinSeconds: number;
  readonly healedWithinSeconds: number;
  /** Where the files of the cloud stay, as an absolute path; null: they go with it. */
  readonly dataDir: string | null;
}

/** The command line or the machine is not right: one line says how, without a stack. */
export class StormProblem extends Error {}

/** What the one-box cloud runs with: see core/config/sections/health-manager.ts. */
const BUDGET = { absolute: 50, percent: 10 };
const SERVING_WITHIN_S = 30;
const DELETED_WITHIN_S = 180;
/** So many times its limit is waited for what comes too late: that is a figure as well. */
const PATIENCE = 3;
/** Longer than silence is borne: whoever is failed over without need would be by then. */
const CALM_MS = 8000;

/** @returns whether all was as it should be */
export async function storm(options: StormOptions): Promise<boolean> {
  const verdict = new Verdict();
  const memory = new MemoryWatch();
  const cloud = await StormCloud.open(options.dataDir);
  try {
    const scene = await verdict.timed('the cloud starts', () => cloud.start());
    await Promise.race([weather(scene, cloud, options, verdict), interruption()]);
  } catch (error) {
    verdict.failed('the storm came to its end', error);
  } finally {
    await cloud.stop();
  }
  verdict.none('left on the host', cloud.remains());
  verdict.tell('memory taken at the most', `${Math.round(memory.stop() / 2 ** 20)} MB`);
  return verdict.pronounce();
}

/** Rejects at Ctrl-C, so that nothing is left on the host. */
async function interruption(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new StormProblem(`interrupted by ${signal}`)));
  });
}

async function weather(
  scene: Scene,
  cloud: StormCloud,
  options: StormOptions,
  verdict: Verdict,
): Promise<void> {
  const fleet = new Fleet(scene);
  await fleet.open();
  try {
    await create(fleet, options, verdict);
    await heal(fleet, cloud, options, verdict);
    const deleted = await verdict.timed('all deleted', () => fleet.deleteAll(DELETED_WITHIN_S));
    verdict.none('not deleted', deleted.left);
  } finally {
    await fleet.close();
  }
  verdict.none('left in the cloud', await leftOf(scene, 'storm'));
}

async function create(fleet: Fleet, options: StormOptions, verdict: Verdict): Promise<void> {
  const { count, activeWithinSeconds } = options;
  const startedMs = performance.now();
  await verdict.timed(`${count} load balancers asked for`, () => fleet.create(count));
  const notActive = await fleet.untilActive(activeWithinSeconds * PATIENCE);
  verdict.within(`all ${count} are ACTIVE`, startedMs, activeWithinSeconds);
  verdict.none('not ACTIVE', notActive);
  if (notActive.length > 0) throw new Error('not all came up: the storm goes no further');
  const silent = await fleet.untilServing(SERVING_WITHIN_S);
  verdict.within(`all ${count} serve`, startedMs, activeWithinSeconds + SERVING_WITHIN_S);
  verdict.none('not serving', silent);
}

async function heal(
  fleet: Fleet,
  cloud: StormCloud,
  options: StormOptions,
  verdict: Verdict,
): Promise<void> {
  const { count, killed, workerKillsSeconds, healedWithinSeconds } = options;
  if (killed === 0) return;
  const victims = await fleet.kill(killed);
  const startedMs = performance.now();
  verdict.note(`${victims.length} amphorae killed`);
  const killer = new WorkerKiller(() => cloud.pidOf('worker'), workerKillsSeconds * 1000);
  const { sick, failoversMost } = await fleet.untilHealed(victims, healedWithinSeconds * PATIENCE);
  await killer.stop();
  verdict.within(`all ${killed} healed and serve`, startedMs, healedWithinSeconds);
  verdict.none('not healed', sick);
  verdict.tell('kills of the worker meanwhile', String(killer.kills));
  verdict.atMost('failovers at one time', failoversMost, failoversAllowed(BUDGET, count));
  await delay(CALM_MS);
  verdict.none('failed over though alive', await fleet.replacedBeside(victims));
  verdict.none('not ACTIVE after all', await fleet.untilActive(SERVING_WITHIN_S));
  verdict.none('not serving after all', await fleet.untilServing(SERVING_WITHIN_S));
}
