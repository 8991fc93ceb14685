import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '#core/db/pool.ts';
import { DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { createTestDatabase } from '../../tests/testing/servers.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { localCompute } from './compute-driver.ts';
import { filterOnBridges, localNetwork } from './network-driver.ts';
import { SILENT } from './testing/scratch-cloud.ts';
import { filterCommands } from './vip-filter.ts';

const OPTIONS = {
  namePrefix: 'zf',
  dataDir: '/nowhere',
  lbNetworkCidr: '100.64.0.0/22',
  networks: [],
  qosPolicies: [],
  agentCommand: ['true'],
  logger: SILENT,
  clock: systemClock,
};

test('while the database is away every call fails in a way that is worth repeating', async () => {
  const database = openDatabase(
    {
      connection: 'postgresql://octavia@127.0.0.1:1/none',
      poolSizeMax: 2,
      poolTimeoutMs: 1000,
      applicationName: 'test',
    },
    () => {},
  );
  onTestFinished(() => database.end());
  const options: LocalCloudOptions = { ...OPTIONS, database };
  const id = randomUUID();
  const calls = [
    localCompute(options).find(id),
    localCompute(options).build({ amphoraId: id, files: [], spec: DEFAULT_MACHINE }),
    localCompute(options).delete(id),
    localNetwork(options).getPort(id),
    localNetwork(options).deletePort(id),
  ];
  for (const call of calls)
    await expect(call).rejects.toMatchObject({ name: 'DriverFailure', isRetryable: true });
});

test('on a database without the tables of a cloud the failure says to start one', async () => {
  const db = await createTestDatabase();
  onTestFinished(() => db.close());
  const call = localCompute({ ...OPTIONS, database: db.database }).find(randomUUID());
  await expect(call).rejects.toThrow('never started on this database');
});

test('a host that cannot filter on bridges is warned about, and carries on', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'path-'));
  const { PATH } = process.env;
  process.env['PATH'] = empty;
  onTestFinished(async () => {
    process.env['PATH'] = PATH;
    await rm(empty, { recursive: true });
  });
  const warnings: string[] = [];
  const logger = {
    ...SILENT,
    warn: (fields: object, message: string) =>
      void warnings.push(`${JSON.stringify(fields)} ${message}`),
  };
  const options = { ...OPTIONS, logger };
  await filterOnBridges(options, filterCommands('zf-vips', { address: '192.0.2.1', openings: [] }));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/nft is not installed.*VIPs are open to everyone/);
});
