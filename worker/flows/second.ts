import type { State } from '../engine/flow.ts';
import type { Step } from '../flow.ts';
import type { OfLoadBalancer } from '../steps/tree.ts';

type AnyStep = Step<never>;

/** What a step that runs for the second time needs, under a name of its own. */
type Needing<Needs> = OfLoadBalancer & { readonly second: Omit<Needs, keyof OfLoadBalancer> };

type Second<Steps extends readonly unknown[]> = {
  readonly [Place in keyof Steps]: Steps[Place] extends Step<infer Needs, infer Gives>
    ? Step<Needing<Needs>, { readonly second: Gives }>
    : never;
};

/**
 * The same steps again, in the same flow: what they need and give lies apart, below `second`, so that the undos of the
 * first time still find what they were about.
 */
export function second<const Steps extends readonly AnyStep[]>(steps: Steps): Second<Steps> {
  return steps.map(again) as Second<Steps>;
}

function again(step: AnyStep): Step<Needing<State>, { readonly second: State }> {
  const undo: AnyStep['undo'] = async (state, world) => step.undo?.(state, world);
  return {
    ...step,
    name: `second-${step.name}`,
    async run(state, world) {
      const gives = await step.run(stateOf(state), world);
      return { second: { ...state.second, ...gives } };
    },
    ...('undo' in step && { undo: async (state, world) => undo(stateOf(state), world) }),
  };
}

function stateOf(state: Needing<State>): never {
  return { ...state, ...state.second } as never;
}
