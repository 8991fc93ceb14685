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
  /** Resident, a few seconds after the last of these changes. */
  readonly residentMb: { readonly usual: number; readonly withFlags: number };
}

const CHANGES = 10;
const SETTLE_MS = 6000;
const FLAGS = '--max-semi-space-size=1';

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
    const applies = [];
    for (const members of [10, 100, 1000]) applies.push(await measureApply(loadBalancer, members));
    const usual = await residentAfter(machine, loadBalancer);
    await machine.stopAgent();
    await machine.startAgent({ ...environment, NODE_OPTIONS: FLAGS });
    await measureApply(loadBalancer, 10);
    const withFlags = await residentAfter(machine, loadBalancer);
    return { applies, residentMb: { usual, withFlags } };
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

async function residentAfter(machine: TestMachine, loadBalancer: TestLoadBalancer) {
  await push(loadBalancer, membersOf(10));
  await delay(SETTLE_MS);
  const status = await readFile(`/proc/${machine.agentPid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}

function medianOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
}
