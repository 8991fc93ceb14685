import type { FlowName } from '#core/queue/flows.ts';
import type { AnyStep, Flow } from '../engine/flow.ts';
import type { World } from '../world.ts';

type AnyFlow = Flow<FlowName, World>;

/** Which release a worker under test is of. */
export type Release = 'this' | 'older' | 'newer';

/** Where the steps that only one release has note that they ran. */
export const NOTES = `create table if not exists release_note (
  load_balancer_id uuid, step text, primary key (load_balancer_id, step))`;

/**
 * The flows as two releases might have them. In the newer one every step has another name than in the older, one was
 * added in the middle, one was dropped, and one is retired: it only undoes what the older did.
 */
export function asOf(release: Release, flows: readonly AnyFlow[]): readonly AnyFlow[] {
  if (release === 'this') return flows;
  const altered = release === 'older' ? olderSteps : newerSteps;
  return flows.map(({ name, steps }) => ({ name, steps: altered(steps) }));
}

const formerName = (name: string): string => `old ${name}`;

function olderSteps(steps: readonly AnyStep<World>[]): readonly AnyStep<World>[] {
  const renamed = steps.map((step) => ({ ...step, name: formerName(step.name) }));
  return [noting('retired'), noting('dropped'), ...renamed];
}

function newerSteps(steps: readonly AnyStep<World>[]): readonly AnyStep<World>[] {
  const renamed = steps.map((step) => ({ ...step, formerly: [formerName(step.name)] }));
  const middle = Math.floor(steps.length / 2);
  const retired = { ...noting('retired'), run: async () => ({}) };
  return [retired, ...renamed.slice(0, middle), noting('added'), ...renamed.slice(middle)];
}

interface Noted {
  readonly loadBalancerId: string;
}

function noting(name: string): AnyStep<World> {
  return {
    name,
    async run({ loadBalancerId }: Noted, { database }) {
      await database.query('insert into release_note values ($1, $2) on conflict do nothing', [
        loadBalancerId,
        name,
      ]);
      return { [name]: true };
    },
    async undo({ loadBalancerId }: Noted, { database }) {
      await database.query('delete from release_note where load_balancer_id = $1 and step = $2', [
        loadBalancerId,
        name,
      ]);
    },
  };
}
