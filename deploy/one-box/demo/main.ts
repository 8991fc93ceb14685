import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CloudProcess } from '../cloud-process.ts';
import { ONE_BOX_DEFAULTS } from '../options.ts';
import { remainsOf } from '../remains.ts';
import { reasonOf, StartProblem } from '../start-problem.ts';
import { type CloudState, isAlive, readState } from '../state-file.ts';
import { standardOutput } from '../terminal.ts';
import { Figures } from './figures.ts';
import { openScene } from './scene.ts';
import { tellStory } from './story.ts';
import { Storyteller, Untrue } from './storyteller.ts';

const HELP = `The story of a load balancer: traffic, a member's death, an amphora's death, every line checked.

  --data-dir DIR   of the running cloud (default .data in the checkout); when none runs there, the demo
                   starts one of its own, and removes it afterwards
  --help           this text

Ends with code 0 when every line was true.
`;

/** Names, ports and networks that a stopped cloud of `npm start` has no share in. */
const OWN_CLOUD = [
  '--name-prefix=demo',
  '--lb-network=172.30.16.0/20',
  '--network=private=10.99.16.0/20',
  '--api-port=9886',
  '--postgres-port=15442',
  '--redis-port=16389',
  '--telemetry-port=9790',
  '--heartbeat-port=5556',
];
const OWN_PREFIX = 'demo';

const terminal = standardOutput();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { 'data-dir': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return terminal.print(HELP);
  const running = findRunning(resolve(values['data-dir'] ?? ONE_BOX_DEFAULTS.dataDir));
  if (running) return tellIn(running);
  if (process.getuid?.() !== 0)
    throw new StartProblem('no root, and the demo makes network namespaces: run it as root');
  terminal.print('No cloud runs here, so the demo starts one of its own.');
  await tellInOwnCloud();
}

function findRunning(dataDir: string): CloudState | null {
  const state = readState(dataDir);
  if (state === null || state.status !== 'ready' || !isAlive(state.supervisor)) return null;
  if (state.drivers === 'local') return state;
  terminal.print('The running cloud has noop drivers, which carry no traffic.');
  return null;
}

async function tellInOwnCloud(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'octavia-demo-'));
  const cloud = new CloudProcess(dataDir, OWN_CLOUD, terminal.print);
  const stop = (): void => void cloud.stop().then(() => process.exit(130));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    await tellIn(await cloud.start());
  } finally {
    await cloud.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
  const left = remainsOf(OWN_PREFIX, dataDir);
  new Storyteller(terminal.print).claim(
    left.length === 0,
    `the cloud is stopped and left nothing behind ${left.join(', ')}`,
  );
}

async function tellIn(state: CloudState): Promise<void> {
  const scene = openScene(state);
  const figures = new Figures();
  try {
    const teller = new Storyteller(terminal.print);
    await tellStory({ scene, teller, figures }, `demo-${process.pid}`);
    terminal.print('\nFigures of this run\n');
    for (const line of figures.lines()) terminal.print(line);
  } finally {
    await scene.close();
  }
}

main().catch((error: unknown) => {
  const isForeseen = error instanceof Untrue || error instanceof StartProblem;
  const text = isForeseen || !(error instanceof Error) ? reasonOf(error) : error.stack;
  process.stderr.write(`\nThe demo failed: ${text}\n`);
  process.exit(1);
});
