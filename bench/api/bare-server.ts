import type { BareOptions } from './bare/child.ts';
import { Child } from './child.ts';
import type { MeasuredServer } from './measure.ts';

const START_MS_MAX = 20_000;

/** A Fastify with one route and nothing else: what ratios are to. */
export async function startBare(
  options: BareOptions,
): Promise<MeasuredServer & { stop(): Promise<void> }> {
  const child = new Child(new URL('./bare/child.ts', import.meta.url), 'bare server', {
    answerMsMax: START_MS_MAX,
  });
  try {
    const port = (await child.ask(options)) as number;
    return { pid: child.pid, port, stop: () => child.stop() };
  } catch (error) {
    await child.stop();
    throw error;
  }
}
