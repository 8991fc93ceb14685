import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LoadBalancerTree, PoolTree } from '../domain/load-balancer-tree.ts';
import { renderLvs } from './render.ts';
import { goldenLvsNames, IMAGE_CONTEXT, readGoldenLvs } from './testing/golden-lvs.ts';

const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lvs-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What keepalived complains of; scripts that anyone could have written, as here, are no fault of the file. */
async function complaintsOf(tree: LoadBalancerTree): Promise<readonly string[]> {
  const [listener] = tree.listeners;
  if (listener === undefined) throw new Error('no listener');
  const file = join(folder, 'keepalived.conf');
  const text = renderLvs(listener, tree, IMAGE_CONTEXT).replace(/^net_namespace .*$/m, '');
  await writeFile(file, text);
  const { stdout, stderr } = await run('/usr/sbin/keepalived', ['-t', '-f', file]).catch(
    (error: unknown) => error as { stdout: string; stderr: string },
  );
  return `${stdout}${stderr}`
    .split('\n')
    .filter((line) => line !== '' && !/SECURITY VIOLATION|script|no real servers/i.test(line));
}

function withPool(name: string, change: (pool: PoolTree) => PoolTree): LoadBalancerTree {
  const { tree } = readGoldenLvs(name);
  return { ...tree, pools: tree.pools.map(change) };
}

test.each(goldenLvsNames())('keepalived takes %s', async (name) => {
  expect(await complaintsOf(readGoldenLvs(name).tree)).toEqual([]);
});

test('keepalived takes what the original does not write: ports in the hash, the name of a host', async () => {
  const tree = withPool('lvs-03-http-get', (pool) => ({
    ...pool,
    lbAlgorithm: 'SOURCE_IP_PORT',
    healthMonitor: pool.healthMonitor && {
      ...pool.healthMonitor,
      urlPath: '/a?b=c#d!e"f${g}{h}',
      expectedCodes: '200, 204',
      httpVersion: 1.1,
      domainName: 'www.example.org',
    },
  }));
  expect(await complaintsOf(tree)).toEqual([]);
});

test('keepalived is asked at all', async () => {
  const file = join(folder, 'bad.conf');
  await writeFile(file, 'virtual_server group none {\n  lb_algo bogus\n}\n');
  await expect(run('/usr/sbin/keepalived', ['-t', '-f', file])).rejects.toThrow();
});
