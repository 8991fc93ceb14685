import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { needsRoot, type OwnCloud, ownCloud } from './testing/own-cloud.ts';

const run = promisify(execFile);
const BOOTSTRAP = join(import.meta.dirname, '../../deploy/one-box/bootstrap.sh');
const MAIN = join(import.meta.dirname, '../../deploy/one-box/main.ts');

let cloud: OwnCloud;

beforeAll(async () => {
  cloud = await ownCloud('a');
});

afterAll(async () => {
  await cloud.remove();
});

/** Starts a cloud that must refuse to start. @returns what it said, and its exit code */
async function refusal(
  args: readonly string[],
  identity: { uid?: number } = {},
): Promise<{ code: number; lines: readonly string[] }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { ...identity, timeout: 60_000 },
      (error, _stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code);
        resolve({ code, lines: stderr.split('\n').filter(Boolean) });
      },
    );
  });
}

describe('a start that cannot work says in one line what to do', () => {
  beforeEach(needsRoot);

  test('an unknown option', async () => {
    const { code, lines } = await refusal(['--api-prot', '1']);
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/--api-prot.*--help lists the options/)]);
  });

  test('a port that is no port', async () => {
    const { lines } = await refusal(['--api-port', 'http']);
    expect(lines).toEqual(['--api-port is "http"; it must be a port, 1 to 65531']);
  });

  test('a port that another program has', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const { code, lines } = await refusal([
      ...cloud.args,
      `--data-dir=${cloud.dataDir}`,
      `--api-port=${port}`,
    ]);
    server.close();
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`port ${port} on 127.0.0.1, for the API, cannot be had`);
    expect(lines[0]).toContain('--api-port');
  });

  test('a data folder that cannot be written to', async () => {
    const { code, lines } = await refusal([...cloud.args, '--data-dir=/proc/octavia']);
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^--data-dir \/proc\/octavia cannot be written to .*give a folder/),
    ]);
  });

  test('a data folder of somebody else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'octavia-theirs-'));
    await chmod(folder, 0o755);
    const args = [...cloud.args, '--drivers=noop', `--data-dir=${folder}`];
    const { code, lines } = await refusal(args, { uid: 65_534 });
    await rm(folder, { recursive: true });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/cannot be written to .*give a folder/)]);
  });

  test('no root', async () => {
    const { code, lines } = await refusal([...cloud.args], { uid: 65_534 });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringContaining('with --drivers noop')]);
  });

  test('no root, through npm start', async () => {
    const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--', 'sh', BOOTSTRAP];
    const bootstrap = run('setpriv', [...asNobody, 'deploy/one-box/main.ts']);
    await expect(bootstrap).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^no root, .*sudo npm start.*--drivers noop\n$/),
    });
  });

  test('an option in the configuration file that does not exist', async () => {
    const file = join(cloud.dataDir, 'own.conf');
    await writeFile(file, '[health_manager]\nheartbeat_intervall = 3\n');
    const { code, lines } = await refusal([
      ...cloud.args,
      `--data-dir=${cloud.dataDir}`,
      `--config-file=${file}`,
    ]);
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatch(
      /own\.conf:2: .*heartbeat_intervall.*did you mean heartbeat_interval/,
    );
  });

  test('a network that the machine uses already', async () => {
    const { code, lines } = await refusal([
      ...cloud.args,
      `--data-dir=${cloud.dataDir}`,
      '--network=private=127.0.0.0/8',
    ]);
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('127.0.0.0/8');
  });
});
