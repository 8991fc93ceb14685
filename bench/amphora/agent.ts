import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TestLoadBalancer } from '../../amphora-agent/testing/load-balancer.ts';
import type { ConfigMember } from '../../amphora-agent/testing/load-balancer-config.ts';
import { TestMachine } from '../../amphora-agent/testing/machine.ts';

export interface AgentFigure {
  /** From the first byte of the upload to the answer that it is in force. */
  readonly applies: readonly { members: number; toldMs: number; reloadedMs: number }[];
  /** After pushes with 10 members, and after those with 1,000. */
  readonly small: Memory;
  readonly large: Memory;
  /** Of a Node that does nothing, which no agent can have less than. */
  readonly bareNode: Memory;
}

export interface Memory {
  readonly residentMb: number;
  /** Less what is in files, above all Node's own program, which all agents of a machine share. */
  readonly ownMb: number;
}

const CHANGES = 10;
/** The agent tidies up a minute after the last request. */
const SETTLE_MS = 75_000;
const BARE_SETTLE_MS = 6000;

/** A real agent and HAProxy, in namespaces of their own; it needs root. */
export async function measureAgent(): Promise<AgentFigure> {
  const cache = await mkdtemp(join(tmpdir(), 'bench-'));
  const machine = await TestMachine.create();
  const environment = { NODE_COMPILE_CACHE: cache };
  try {
    await machine.startAgent(environment); // this one fills the cache
    const loadBalancer = new TestLoadBalancer(machine);
    await loadBalancer.plugVip();
    await push(loadBalancer, membersOf(10));
    await machine.stopAgent();
    await machine.startAgent(environment);
    const few = await measureApply(loadBalancer, 10);
    const small = await memoryAfter(machine, loadBalancer);
    const applies = [few, await measureApply(loadBalancer, 100)];
    applies.push(await measureApply(loadBalancer, 1000));
    const large = await memoryAfter(machine, loadBalancer);
    return { applies, small, large, bareNode: await bareNode() };
  } finally {
    await machine.remove();
    await rm(cache, { recursive: true });
  }
}

async function measureApply(loadBalancer: TestLoadBalancer, count: number) {
  const members = membersOf(count);
  const reloaded: number[] = [];
  const told: number[] = [];
  for (let change = 1; change <= CHANGES; change++) {
    const words = change % 2 === 0 ? ' slowstart 1s' : '';
    reloaded.push(await push(loadBalancer, altered(members, { words })));
    told.push(await push(loadBalancer, altered(members, { words, weight: change + 1 })));
  }
  return { members: count, toldMs: medianOf(told), reloadedMs: medianOf(reloaded) };
}

function membersOf(count: number): readonly ConfigMember[] {
  return Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    address: `203.0.113.1:${8000 + n}`,
  }));
}

function altered(
  [first, ...rest]: readonly ConfigMember[],
  changes: Partial<ConfigMember>,
): readonly ConfigMember[] {
  return first === undefined ? [] : [{ ...first, ...changes }, ...rest];
}

async function push(loadBalancer: TestLoadBalancer, members: readonly ConfigMember[]) {
  const config = loadBalancer.config(members);
  const startedMs = performance.now();
  await loadBalancer.upload(config);
  const { status, text } = await loadBalancer.act('reload');
  if (status !== 202) throw new Error(`the agent answered ${status}: ${text}`);
  return performance.now() - startedMs;
}

async function memoryAfter(machine: TestMachine, loadBalancer: TestLoadBalancer) {
  await push(loadBalancer, membersOf(10));
  await delay(SETTLE_MS);
  return memoryOf(machine.agentPid ?? 0);
}

async function bareNode(): Promise<Memory> {
  const node = spawn(process.execPath, ['-e', `setTimeout(() => {}, ${10 * BARE_SETTLE_MS})`]);
  await delay(BARE_SETTLE_MS);
  const memory = await memoryOf(node.pid ?? 0);
  node.kill();
  return memory;
}

async function memoryOf(pid: number): Promise<Memory> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1024;
  return { residentMb: field('Rss'), ownMb: field('Anonymous') };
}

function medianOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
}
