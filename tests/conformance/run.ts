import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudProcess } from '../../deploy/one-box/cloud-process.ts';
import { ownCloud } from '../end-to-end/testing/own-cloud.ts';
import { octaviaConf } from './octavia-conf.ts';
import { type ConformanceOptions, readOptions } from './options.ts';
import { Suite } from './suite.ts';
import { type TempestTest, type Verdict, verdictOf } from './verdict.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if ('help' in options) return say(options.help) ?? 0;
  if (!Suite.isAt(options.suiteDir)) {
    say('skipped: conformance: the suite is not here; give the folder of its scripts with --suite');
    say('0 passed, 0 failed');
    return 0;
  }
  const { passed, failed, lines } = await judge(options);
  for (const line of lines) say(line);
  say(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

/** Keystone, a cloud that asks it, the tests; everything goes again, however it ends. */
async function judge(options: ConformanceOptions): Promise<Verdict> {
  const dir = await mkdtemp(join(tmpdir(), 'octavia-conformance-'));
  const suite = new Suite(options.suiteDir, dir);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void suite.interrupt());
  const cloud = await ownCloud('o');
  const resultsDir = options.resultsDir ?? join(dir, 'tempest');
  try {
    await mkdir(resultsDir, { recursive: true });
    const apiUrl = `http://127.0.0.1:${portOf(cloud.args)}`;
    const configFile = join(dir, 'octavia.conf');
    await writeFile(configFile, octaviaConf(await suite.startKeystone(apiUrl)), { mode: 0o600 });
    const cloudArgs = [...cloud.args, '--drivers=noop', `--config-file=${configFile}`];
    cloud.process = new CloudProcess(cloud.dataDir, cloudArgs);
    await cloud.process.start();
    await suite.runTests(options, resultsDir);
    return verdictOf(await resultsIn(resultsDir));
  } finally {
    await cloud.remove();
    await suite.stopKeystone();
    await rm(dir, { recursive: true, force: true });
  }
}

function portOf(args: readonly string[]): string {
  return args.find((arg) => arg.startsWith('--api-port='))?.split('=')[1] ?? '';
}

async function resultsIn(dir: string): Promise<readonly TempestTest[]> {
  const results = JSON.parse(await readFile(join(dir, 'results.json'), 'utf8')) as {
    readonly tests: readonly TempestTest[];
  };
  return results.tests;
}

function say(text: string): undefined {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

process.exit(
  await main(process.argv.slice(2)).catch((error: unknown) => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    say('0 passed, 1 failed');
    return 1;
  }),
);
