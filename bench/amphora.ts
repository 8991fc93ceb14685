import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { measureAgent } from './amphora/agent.ts';
import { measureRendering } from './amphora/rendering.ts';
import { measureThroughput } from './amphora/throughput.ts';
import { thisMachine } from './testbed/machine.ts';
import { table, whole } from './testbed/table.ts';

const SIZES = [10, 100, 1000];

export interface AmphoraBenchOptions {
  readonly jsonFile: string;
  readonly progress: (text: string) => void;
}

/** All figures of the amphora: rendering, the agent, and what its configuration costs HAProxy. */
export async function benchAmphora({ jsonFile, progress }: AmphoraBenchOptions): Promise<void> {
  progress('rendering');
  const rendering = SIZES.flatMap((listeners) =>
    SIZES.filter((members) => members >= listeners).map((members) =>
      measureRendering(listeners, members),
    ),
  );
  progress('requests through HAProxy');
  const throughput = await measureThroughput();
  progress('the agent');
  const agent = await measureAgent();
  const results = { machine: thisMachine(), rendering, throughput, agent };
  await mkdir(dirname(jsonFile), { recursive: true });
  await writeFile(jsonFile, `${JSON.stringify(results, null, 2)}\n`);
  const { minimal, rendered } = throughput;
  const lines = [
    ...table(
      rendering.map(({ listeners, members, medianMs, bytes }) => ({
        listeners: whole(listeners),
        members: whole(members),
        'render ms': medianMs.toFixed(1),
        bytes: whole(bytes),
      })),
    ),
    '',
    ...table(
      agent.applies.map(({ members, toldMs, reloadedMs }) => ({
        members: whole(members),
        'told ms': whole(toldMs),
        'reloaded ms': whole(reloadedMs),
      })),
    ),
    '',
    `requests/s: minimal ${whole(minimal.perSecond)}, rendered ${whole(rendered.perSecond)}, ${percent(rendered.perSecond, minimal.perSecond)}`,
    `HAProxy's CPU µs a request: minimal ${minimal.cpuMicrosEach.toFixed(1)}, rendered ${rendered.cpuMicrosEach.toFixed(1)}`,
    `agent resident: ${agent.residentMb.usual.toFixed(1)} MB, as it is started ${agent.residentMb.withFlags.toFixed(1)} MB`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  progress(`all figures: ${jsonFile}`);
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
