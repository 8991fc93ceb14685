import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Memory, measureAgent } from './amphora/agent.ts';
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
    ...table(
      Object.entries(throughput).map(([file, { best, median }]) => ({
        'HAProxy with': file,
        'requests/s': whole(best.perSecond),
        'median ': whole(median.perSecond),
        'HAProxy CPU µs': best.cpuMicrosEach.toFixed(1),
        median: median.cpuMicrosEach.toFixed(1),
        'of by hand, by CPU': percent(throughput.byHand.best.cpuMicrosEach, best.cpuMicrosEach),
      })),
    ),
    '',
    `agent resident: ${memory(agent.small)}; after 1,000 members ${memory(agent.large)}; bare Node ${memory(agent.bareNode)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  progress(`all figures: ${jsonFile}`);
}

function memory({ residentMb, ownMb }: Memory): string {
  return `${residentMb.toFixed(1)} MB, its own ${ownMb.toFixed(1)}`;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
