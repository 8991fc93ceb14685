import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { readGoldenCase } from '#core/haproxy/testing/golden-case.ts';
import { HAPROXY, runHaproxy, startMember } from '#core/haproxy/testing/running-haproxy.ts';
import { cpuMicros, threadTimes } from '../testbed/process-cost.ts';

/** The best of several rounds. */
export interface Rate {
  readonly perSecond: number;
  /** Of HAProxy alone: holds, too, when the client or another program had the processors. */
  readonly cpuMicrosEach: number;
}

export interface ThroughputFigure {
  readonly minimal: Rate;
  readonly rendered: Rate;
}

const ROUNDS = 3;
const ROUND_MS = 3000;
const CONNECTIONS = 32;
const START_MS = 1000;
const BARE_PORT = 28_080;

/**
 * Requests a second through HAProxy with the configuration that an amphora gets, and with the least that it takes. Both
 * run beside each other; rounds alternate, and the best of each counts, since what else the machine does only slows.
 */
export async function measureThroughput(): Promise<ThroughputFigure> {
  const member = await startMember('x');
  const rendered = await runHaproxy(oneMember(member.port));
  const minimal = await runMinimal(member.port);
  try {
    const rates: Record<keyof ThroughputFigure, Rate[]> = { minimal: [], rendered: [] };
    for (let round = 0; round < ROUNDS; round++) {
      rates.minimal.push(await rateOf(BARE_PORT, minimal.pid));
      rates.rendered.push(await rateOf(rendered.port, rendered.pid));
    }
    return { minimal: bestOf(rates.minimal), rendered: bestOf(rates.rendered) };
  } finally {
    await minimal.stop();
    await rendered.stop();
    member.stop();
  }
}

function oneMember(port: number) {
  const golden = readGoldenCase('01-http-basic');
  const pools = golden.tree.pools.map((pool) => ({
    ...pool,
    members: pool.members
      .slice(0, 1)
      .map((member) => ({ ...member, address: '127.0.0.1', protocolPort: port })),
  }));
  return { ...golden, tree: { ...golden.tree, pools } };
}

async function runMinimal(memberPort: number): Promise<{ pid: number; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const config = join(folder, 'haproxy.cfg');
  const text = `global
    maxconn 2000
defaults
    mode http
    timeout connect 5s
    timeout client 50s
    timeout server 50s
listen web
    bind 127.0.0.1:${BARE_PORT}
    server one 127.0.0.1:${memberPort}
`;
  await writeFile(config, text);
  const child = spawn(HAPROXY, ['-W', '-f', config], { stdio: 'ignore' });
  const hasEnded = once(child, 'exit');
  await Promise.race([delay(START_MS), hasEnded]);
  if (child.exitCode !== null || child.pid === undefined)
    throw new Error(`HAProxy does not start with ${config}`);
  return {
    pid: child.pid,
    async stop() {
      child.kill('SIGTERM');
      await hasEnded;
      await rm(folder, { recursive: true });
    },
  };
}

function bestOf(rates: readonly Rate[]): Rate {
  return {
    perSecond: Math.max(...rates.map(({ perSecond }) => perSecond)),
    cpuMicrosEach: Math.min(...rates.map(({ cpuMicrosEach }) => cpuMicrosEach)),
  };
}

async function rateOf(port: number, master: number): Promise<Rate> {
  const children = await readFile(`/proc/${master}/task/${master}/children`, 'utf8');
  const workers = children.split(' ').filter(Boolean).map(Number);
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS });
  const before = threadTimes(workers);
  const startedMs = performance.now();
  let answered = 0;
  const work = async (): Promise<void> => {
    while (performance.now() - startedMs < ROUND_MS) {
      const { statusCode, body } = await pool.request({ path: '/', method: 'GET' });
      await body.dump();
      if (statusCode !== 200) throw new Error(`port ${port} answered ${statusCode}`);
      answered++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  const seconds = (performance.now() - startedMs) / 1000;
  const micros = cpuMicros(before, threadTimes(workers));
  await pool.close();
  return { perSecond: answered / seconds, cpuMicrosEach: micros / answered };
}
