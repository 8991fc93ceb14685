import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { LbAlgorithm } from '../domain/pool.ts';
import type { HaproxyContext } from './context.ts';
import { renderHaproxy, renderWritable } from './render.ts';
import { type GoldenCase, goldenCaseNames, readGoldenCase } from './testing/golden-case.ts';
import { goldenCertificateFiles } from './testing/golden-certificates.ts';
import { hostile, TAKEN_AS_IT_IS, TENANT_FIELDS, withRules } from './testing/tenant-fields.ts';

const HAPROXY = '/usr/sbin/haproxy';
/** Refused by the renderer already. */
const REFUSED = ['50', '51', '52'];
const SAMPLES = 12;

const files = goldenCertificateFiles();
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hap-'));
  await writeFile(join(directory, 'group.cfg'), 'global\n    group nogroup\n');
});

afterAll(() => rm(directory, { recursive: true }));

describe.runIf(existsSync(HAPROXY))('what we write is accepted by the real HAProxy', () => {
  const accepted = goldenCaseNames().filter((name) => !REFUSED.includes(name.slice(0, 2)));

  test.each(accepted)('%s', async (name) => {
    const golden = readGoldenCase(name, files);
    await expect(check(golden, golden.tree)).resolves.toContain('Configuration file is valid');
  });

  test('whatever a tenant stores where any text may stand', async () => {
    const golden = readGoldenCase('53-kitchen-sink', files);
    const plain = withRules(golden.tree, { type: 'PATH', compareType: 'EQUAL_TO' });
    const count = TAKEN_AS_IT_IS.length;
    const texts = fc.array(hostile, { minLength: count, maxLength: count });
    for (const sample of fc.sample(texts, SAMPLES)) {
      const tree = TAKEN_AS_IT_IS.reduce((each, field, index) => {
        const changed = TENANT_FIELDS[field]?.(each, sample[index] ?? '') ?? each;
        return renderWritable(changed, golden.context).unwritable.length > 0 ? each : changed;
      }, plain);
      await expect(check(golden, tree)).resolves.toContain('Configuration file is valid');
    }
  });

  test('SOURCE_IP_PORT', async () => {
    const golden = readGoldenCase('01-http-basic');
    const pools = golden.tree.pools.map((pool) => ({
      ...pool,
      lbAlgorithm: LbAlgorithm.SourceIpPort,
    }));
    await expect(check(golden, { ...golden.tree, pools })).resolves.toContain('is valid');
  });

  test('rules and keys full of characters that mean something to HAProxy', async () => {
    const golden = readGoldenCase('36-l7-rule-types');
    const listeners = golden.tree.listeners.map((listener) => ({
      ...listener,
      l7Policies: listener.l7Policies.map((policy) => ({
        ...policy,
        rules: policy.rules.map((rule) => ({
          ...rule,
          ...(rule.key === null ? {} : { key: `!#$%&'*+-.^_\`|~"\\x` }),
          value: `-f "{ [$HOME] #'\\ %[src] if TRUE`.replace(
            /[[{]/g,
            rule.compareType === 'REGEX' ? '' : '$&',
          ),
        })),
      })),
    }));
    await expect(check(golden, { ...golden.tree, listeners })).resolves.toContain('is valid');
  });
});

/** As the agent does it, in a folder of the test's own. */
async function check(golden: GoldenCase, tree: LoadBalancerTree): Promise<string> {
  const context: HaproxyContext = {
    ...golden.context,
    paths: { basePath: directory, baseCertDir: directory },
  };
  await mkdir(join(directory, tree.id), { recursive: true });
  for (const [file, { content }] of Object.entries(golden.uploads)) {
    const moved = content.replaceAll(golden.context.paths.baseCertDir, directory);
    await writeFile(join(directory, tree.id, file), moved);
  }
  const path = join(directory, tree.id, 'haproxy.cfg');
  await writeFile(path, renderHaproxy(tree, context));
  const group = join(directory, 'group.cfg');
  const args = ['-c', '-L', golden.localPeerName, '-f', path, '-f', group];
  const { stdout, stderr } = await promisify(execFile)(HAPROXY, args);
  return stdout + stderr;
}
