import { EVENTS, FAULTS } from './faults.ts';
import { World } from './world.ts';

export interface Story {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly failovers: number;
  readonly needless: number;
  /** Milliseconds from the end of each timeout to the failover. */
  readonly detectionMs: readonly number[];
}

const TROUBLE_FROM_MS = 4000;
const TROUBLE_UNTIL_MS = 14_000;
const END_MS = 32_000;
const ARRIVAL_MS = 1500;
const FAULTS_MAX = 4;
const EVENTS_MAX = 6;

/** Lives through the world of one seed: a quiet start, some days of trouble, and time to recover from it. */
export async function tell(seed: number): Promise<Story> {
  const world = new World(seed);
  const { random, timeline, witness } = world;
  const plan = (acts: readonly ((world: World) => void)[], max: number): void => {
    for (let index = random.whole(0, max); index > 0; index--) {
      const act = random.pick(acts);
      timeline.after(random.between(TROUBLE_FROM_MS, TROUBLE_UNTIL_MS), () => act(world));
    }
  };
  plan(FAULTS, FAULTS_MAX);
  plan(EVENTS, EVENTS_MAX);
  await timeline.run(END_MS);
  // Nobody says any more, so that what is under way arrives.
  world.silence();
  await timeline.run(END_MS + ARRIVAL_MS);
  witness.close();
  return {
    seed,
    violations: [...witness.violations, ...world.audit.close(world.redis)],
    failovers: world.database.flows.length,
    needless: witness.needless,
    detectionMs: witness.detectionMs,
  };
}
