import { OneBoxCloud } from './cloud.ts';
import { prepareDataDir } from './data-dir.ts';
import { greeting } from './greeting.ts';
import { endLeftovers } from './leftovers.ts';
import { takeLock } from './lock.ts';
import { type OneBoxOptions, readOptions } from './options.ts';
import { assertPortsFree } from './ports.ts';
import { reasonOf, StartProblem } from './start-problem.ts';
import { readState } from './state-file.ts';
import { standardOutput, type Terminal } from './terminal.ts';

async function main(terminal: Terminal): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if ('help' in options) return terminal.print(options.help);
  assertMayRun(options);
  prepareDataDir(options.dataDir);
  await assertAlone(options);
  await clearLeftovers(options, terminal);
  await assertPortsFree(options);
  await run(new OneBoxCloud(options, terminal), options, terminal);
}

/** Runs the cloud until a signal; a start that fails is undone, and its reason is the last line. */
async function run(cloud: OneBoxCloud, options: OneBoxOptions, terminal: Terminal): Promise<void> {
  const startedMs = performance.now();
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!isStopping) terminal.print(`\n${signal}: stopping, in order`);
      isStopping = true;
      void cloud.stop().then(() => process.exit(0));
    });
  }
  try {
    await cloud.start();
    terminal.print(`== up in ${((performance.now() - startedMs) / 1000).toFixed(2)} s`);
    terminal.print(greeting(cloud.state.current, options.dataDir));
  } catch (error) {
    if (isStopping) return;
    await cloud.stop();
    throw error;
  }
}

function assertMayRun(options: OneBoxOptions): void {
  if (options.drivers === 'noop' || process.getuid?.() === 0) return;
  throw new StartProblem(
    'no root, and network namespaces need it: run it as root, or without traffic with --drivers noop',
  );
}

async function assertAlone({ dataDir, drivers, namePrefix }: OneBoxOptions): Promise<void> {
  const names = [
    { lock: `data ${dataDir}`, what: `a cloud with its data in ${dataDir}`, option: '--data-dir' },
    ...(drivers === 'local'
      ? [
          {
            lock: `prefix ${namePrefix}`,
            what: `a cloud named ${namePrefix}`,
            option: '--name-prefix',
          },
        ]
      : []),
  ];
  for (const { lock, what, option } of names) {
    const taken = await takeLock(lock);
    if (taken.kind === 'taken')
      throw new StartProblem(
        `${what} runs already, as process ${taken.pid}: stop that one (kill ${taken.pid}) or choose another ${option}`,
      );
  }
}

async function clearLeftovers({ dataDir }: OneBoxOptions, terminal: Terminal): Promise<void> {
  const left = readState(dataDir);
  if (left === null) return;
  const ended = await endLeftovers(left);
  const what = ended.length > 0 ? `; ended what it left: ${ended.join(', ')}` : '';
  terminal.print(`== the last cloud in this folder was killed${what}`);
}

const terminal = standardOutput();
main(terminal).catch((error: unknown) => {
  // A foreseen problem is one line; anything else is a defect, and its stack is wanted.
  const text =
    error instanceof StartProblem || !(error instanceof Error) ? reasonOf(error) : error.stack;
  process.stderr.write(`${text}\n`);
  process.exit(1);
});
