import type { FlowInputs, FlowName } from '#core/queue/flows.ts';
import type { Chained, Step as EngineStep, Flow, State } from './engine/flow.ts';
import type { World } from './world.ts';

/** A step of ours; see `engine/flow.ts`. */
export type Step<Needs extends State, Gives extends State = object> = EngineStep<
  Needs,
  Gives,
  World
>;

type Steps = readonly EngineStep<never, State, World>[];

/**
 * A flow is a name and the list of what will happen. It does not compile unless every step finds what it needs in the
 * flow's input or in what the steps before it give.
 */
export function flow<const Name extends FlowName, const Own extends Steps>(
  name: Name,
  steps: Own & Chained<Own, FlowInputs[Name]>,
): Flow<Name, World> {
  return { name, steps };
}
