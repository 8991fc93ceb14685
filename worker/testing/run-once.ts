import type { FlowInputs, FlowName } from '#core/queue/flows.ts';
import type { Flow } from '../engine/flow.ts';
import { runFlow } from '../engine/run-flow.ts';
import { classify } from '../steps/patience.ts';
import type { World } from '../world.ts';

/** Runs a flow as the engine would, but remembers nothing. */
export async function runOnce<Name extends FlowName>(
  flow: Flow<Name, World>,
  input: FlowInputs[Name],
  world: World,
): Promise<void> {
  await runFlow(flow, input, {
    durably: (_name, body) => body(),
    world,
    classify,
    clock: world.clock,
    hungCalls: world.hungCalls,
    logger: world.logger,
    observer: { stepEnded: () => {} },
  });
}
