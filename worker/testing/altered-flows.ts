import type { FlowName } from '#core/queue/flows.ts';
import type { AnyStep, Flow } from '../engine/flow.ts';
import { FLOWS } from '../flows/all-flows.ts';
import { permanent } from '../steps/patience.ts';
import type { World } from '../world.ts';

function fail(): never {
  throw permanent('as planned');
}

/** The flow, with one step that fails: before it does anything, or after all of it, when its answer is lost. */
export function failingAt(
  name: FlowName,
  index: number,
  when: 'before' | 'after',
): Flow<FlowName, World> {
  const steps = FLOWS[name].steps.map((step, place): AnyStep<World> => {
    if (place !== index) return step;
    const run_ =
      when === 'before'
        ? async () => fail()
        : async (...all: [never, World]) => {
            await step.run(...all);
            return fail();
          };
    return { ...step, run: run_ };
  });
  return { name, steps };
}

/** The flow as after a crash behind every step: each runs again with the state it had. */
export function runningTwice(name: FlowName): Flow<FlowName, World> {
  const steps = FLOWS[name].steps.map(
    (step): AnyStep<World> => ({
      ...step,
      run: async (...all: [never, World]) => {
        await step.run(...all);
        return step.run(...all);
      },
    }),
  );
  return { name, steps };
}
