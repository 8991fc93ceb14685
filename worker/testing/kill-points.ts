import { Topology } from '#core/domain/load-balancer.ts';
import type { FlowName } from '#core/queue/flows.ts';
import type { AnyStep, Flow } from '../engine/flow.ts';
import { FLOWS } from '../flows/all-flows.ts';
import { permanent } from '../steps/patience.ts';
import type { World } from '../world.ts';

/**
 * A moment at which a worker may be killed: before a step, when it has acted and nobody wrote it down, or when it has
 * failed and nothing of it is undone yet.
 */
export interface KillPoint {
  readonly flow: FlowName;
  readonly step: string;
  readonly moment: 'before' | 'after' | 'undoing';
  readonly topology: Topology;
}

/** Every moment of every flow, for both topologies: a new step is among them by itself. */
export const KILL_POINTS: readonly KillPoint[] = Object.values(FLOWS).flatMap(
  (flow: Flow<FlowName, World>) =>
    flow.steps.flatMap(({ name: step }, index) =>
      momentsOf(flow.steps.slice(0, index + 1)).flatMap((moment) =>
        Object.values(Topology).map((topology) => ({ flow: flow.name, step, moment, topology })),
      ),
    ),
);

/** Flows under way in one worker when it is killed. */
const KILLED_AT_ONCE = 30;

/** As many at a time as are killed with one worker. */
export function inBatches(
  points: readonly KillPoint[],
): readonly { readonly points: readonly KillPoint[] }[] {
  const count = Math.ceil(points.length / KILLED_AT_ONCE);
  return Array.from({ length: count }, (_, index) => ({
    points: points.slice(index * KILLED_AT_ONCE, (index + 1) * KILLED_AT_ONCE),
  }));
}

/** @param begun the steps up to the one in question: without an undo among them there is nothing to be killed in */
function momentsOf(begun: readonly AnyStep<World>[]): readonly KillPoint['moment'][] {
  const isUndone = begun.some((step) => step.undo !== undefined);
  return isUndone ? ['before', 'after', 'undoing'] : ['before', 'after'];
}

/** Where the flow of a load balancer stops for ever; it says so first. */
export type Stops = Readonly<Record<string, KillPoint>>;

/** All flows, those of the load balancers in question stopping where they should. */
export function stoppingFlows(
  stops: Stops,
  reached: (loadBalancerId: string) => void,
): readonly Flow<FlowName, World>[] {
  return Object.values(FLOWS).map((flow: Flow<FlowName, World>) => ({
    name: flow.name,
    steps: flow.steps.map((step) => stopping(step, flow, stops, reached)),
  }));
}

function stopping(
  step: AnyStep<World>,
  flow: Flow<FlowName, World>,
  stops: Stops,
  reached: (loadBalancerId: string) => void,
): AnyStep<World> {
  const forEver = async (id: string): Promise<never> => {
    reached(id);
    return new Promise(() => {});
  };
  const pointOf = (state: object): { id: string; point: KillPoint | undefined } => {
    const id = (state as { readonly loadBalancerId: string }).loadBalancerId;
    const point = stops[id];
    return { id, point: point?.flow === flow.name ? point : undefined };
  };
  return {
    ...step,
    async run(state, world) {
      const { id, point } = pointOf(state);
      if (point?.step !== step.name) return step.run(state, world);
      if (point.moment === 'before') return forEver(id);
      await step.run(state, world);
      if (point.moment === 'undoing') throw permanent('as planned');
      return forEver(id);
    },
    // The undo that comes first: of the failed step, or of the last before it that has one.
    ...(step.undo && {
      async undo(state, world) {
        const { id, point } = pointOf(state);
        return point?.moment === 'undoing' ? forEver(id) : step.undo?.(state, world);
      },
    }),
  };
}
