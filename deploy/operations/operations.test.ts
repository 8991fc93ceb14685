import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { transaction } from '#core/db/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import type { Fault } from '#drivers/noop/faults.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { type Family, insertFamily, newFamily } from '../../worker/testing/rows.ts';
import { answer } from './answer.ts';
import { HELP, readArguments } from './arguments.ts';
import type { ShownOperation } from './rows.ts';

const PATIENCE_MS = 60_000;
const LONG_MS = 600_000;
const run = promisify(execFile);

let own: TestDatabase;
let worker: ChildProcess | undefined;

beforeAll(async () => {
  own = await createTestDatabase();
});
afterEach(async () => {
  if (worker === undefined) return;
  const ended = once(worker, 'exit');
  worker.kill('SIGKILL');
  await ended;
  worker = undefined;
});
afterAll(() => own.close());

async function startWorker(
  faults: readonly [string, Fault][],
  deadlineMs = LONG_MS,
): Promise<void> {
  worker = fork(new URL('./testing/worker.ts', import.meta.url), {
    env: {
      ...process.env,
      DATABASE_URL: own.url,
      FAULTS: JSON.stringify(faults),
      DEADLINE_MS: String(deadlineMs),
    },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  await once(worker, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
}

async function requestCreate(): Promise<{ readonly family: Family; readonly flowId: string }> {
  const family = newFamily();
  const { loadBalancerId } = family;
  const flowId = await transaction(own.database, async (tx) => {
    await insertFamily(tx, family, 'PENDING_CREATE');
    return enqueue(tx, 'load-balancer-create', { loadBalancerId }, { requestId: 'req-7' });
  });
  return { family, flowId };
}

async function eventually<Result>(look: () => Promise<Result | undefined>): Promise<Result> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadlineMs) throw new Error(`not so within ${PATIENCE_MS} ms`);
    await delay(100);
  }
}

async function settled({ loadBalancerId }: Family): Promise<string> {
  return eventually(async () => {
    const status = (await loadBalancers.find(own.database, loadBalancerId))?.provisioningStatus;
    return status?.startsWith('PENDING') ? undefined : status;
  });
}

/** As the command does, but without a process. */
async function operations(...args: string[]): Promise<string> {
  const { wish, isJson } = readArguments(args);
  if (wish.kind === 'help') return HELP;
  return answer(own.database, wish, isJson);
}

async function command(...args: string[]): Promise<string> {
  const main = new URL('./main.ts', import.meta.url).pathname;
  const { stdout } = await run(process.execPath, [main, ...args], {
    env: { ...process.env, OS_DATABASE__CONNECTION: own.url },
  });
  return stdout;
}

async function listed(...args: string[]): Promise<readonly ShownOperation[]> {
  return JSON.parse(await operations('list', '--json', ...args)) as ShownOperation[];
}

test('an operation that hangs is shown with its step and owner, and is undone when cancelled', async () => {
  await startWorker([['compute.build', { kind: 'stall', durationMs: LONG_MS }]]);
  const { family, flowId } = await requestCreate();
  const shown = await eventually(async () =>
    (await listed()).find((one) => one.step?.includes('build')),
  );
  expect(shown).toMatchObject({
    flowId,
    flow: 'load-balancer-create',
    state: 'running',
    requestId: 'req-7',
    attempts: 1,
    input: { loadBalancerId: family.loadBalancerId },
  });
  expect(shown.owner).toBeTruthy();
  expect(await operations('list', '--load-balancer', family.loadBalancerId)).toContain(flowId);

  await operations('cancel', flowId, '--reason', 'the cloud is down');
  expect(await settled(family)).toBe('ERROR');
  const failed = await eventually(async () =>
    (await listed('--failed')).find((one) => one.flowId === flowId),
  );
  expect(failed.error).toContain('cancelled: the cloud is down');
  expect(failed.steps.at(-1)?.name).toBe('undo guard-load-balancer');

  const retried = JSON.parse(await operations('retry', flowId, '--json')) as ShownOperation;
  expect(retried).toMatchObject({ flow: 'load-balancer-create', requestId: 'req-7' });
  expect(await settled(family)).toBe('ACTIVE');
  await expect(operations('retry', flowId)).rejects.toThrow(/ACTIVE; .*retried when it is ERROR/);
});

test('one that waits for a worker is cancelled as soon as one takes it', async () => {
  const { family, flowId } = await requestCreate();
  expect((await listed()).find((one) => one.flowId === flowId)?.state).toBe('waiting');
  await operations('cancel', flowId);
  await startWorker([]);
  expect(await settled(family)).toBe('ERROR');
  await expect(operations('cancel', flowId)).rejects.toThrow('there is nothing to cancel');
});

test('why a step is tried again is shown while it is', async () => {
  await startWorker([['network.allocateVip', { kind: 'fail', retryable: true }]]);
  const { family, flowId } = await requestCreate();
  const shown = await eventually(async () => (await listed()).find((one) => one.error !== null));
  expect(shown).toMatchObject({ flowId, step: 'allocate-vip' });
  expect(shown.error).toContain('network.allocateVip: call');
  await operations('cancel', flowId);
  expect(await settled(family)).toBe('ERROR');
});

test('past its deadline an operation ends in ERROR, undone, and says why', async () => {
  await startWorker([['compute.build', { kind: 'stall', durationMs: LONG_MS }]], 1500);
  const { family, flowId } = await requestCreate();
  expect(await settled(family)).toBe('ERROR');
  const failed = await eventually(async () =>
    (await listed('--failed')).find((one) => one.flowId === flowId),
  );
  expect(failed.error).toContain('not done within its deadline of 1.5 s');
});

test('a command line that is wrong is refused with what would be right', async () => {
  await expect(command('cancel')).rejects.toThrow('cancel takes one flow id');
  await expect(command('show', 'nothing')).rejects.toThrow('there is no operation nothing');
  expect(await command('list', '--failed', '--json')).toContain('cancelled: the cloud is down');
  expect(await operations('--help')).toContain('retry FLOW');
});
