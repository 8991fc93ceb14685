import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { renderHaproxy } from '#core/haproxy/render.ts';
import { readGoldenCase } from '#core/haproxy/testing/golden-case.ts';
import { HAPROXY } from '#core/haproxy/testing/running-haproxy.ts';
import { withAccessLog } from '../../amphora-agent/render/access-log.ts';
import { cpuMicros, threadTimes } from '../testbed/process-cost.ts';

export interface Rate {
  readonly perSecond: number;
  /** Of HAProxy alone: holds, too, when another program had the processors. */
  readonly cpuMicrosEach: number;
}

export interface Rates {
  readonly best: Rate;
  readonly median: Rate;
}

const NAMES = ['byHand', 'rendered', 'logged'] as const;
export type ThroughputFigure = Readonly<Record<(typeof NAMES)[number], Rates>>;

const ROUNDS = 12;
const ROUND_MS = 1000;
const CONNECTIONS = 32;
const START_MS = 1500;
const MEMBER_PORT = 28_080;
const CLIENT = new URL('load-client.mjs', import.meta.url).pathname;
/** HAProxy has one processor for itself, the client and the member share the other: they need less. */
const [HAPROXY_CPU, CLIENT_CPU] = ['0', '1'];

const MEMBER = `global
    maxconn 1000
defaults
    mode http
    timeout client 50s
frontend member
    bind 127.0.0.1:${MEMBER_PORT}
    http-request return status 200 content-type text/plain string x
`;

/** What one writes who has read HAProxy's guide: the same limits and the same health check, and nothing else. */
const BY_HAND = `global
    user nobody
    maxconn 50000
    no strict-limits
defaults
    mode http
    timeout connect 5s
    timeout client 50s
    timeout server 50s
frontend web
    bind 203.0.113.10:80
    default_backend members
backend members
    balance roundrobin
    option httpchk GET /
    server one 127.0.0.1:${MEMBER_PORT} check inter 5s fall 3 rise 3
`;

/**
 * Requests a second through HAProxy with the file that an amphora gets, with that file and a line of log for each
 * request, and with one by hand. All run beside each other, and rounds alternate, so that what else the machine does
 * meets all.
 */
export async function measureThroughput(): Promise<ThroughputFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const amphora = renderedFile(folder);
  const texts = { byHand: BY_HAND, rendered: withoutReaders(amphora), logged: amphora };
  const running = [await runHaproxy(folder, 'member', MEMBER, CLIENT_CPU)];
  try {
    const rates = NAMES.map(() => [] as Rate[]);
    for (const [index, name] of NAMES.entries()) {
      const config = texts[name].replace('203.0.113.10:80', `127.0.0.1:${portOf(index)}`);
      running.push(await runHaproxy(folder, name, config, HAPROXY_CPU));
    }
    await delay(START_MS);
    for (let round = 0; round < ROUNDS; round++)
      for (const index of NAMES.keys())
        rates[index]?.push(await rateOf(portOf(index), running[index + 1]?.pid ?? 0));
    const [byHand = [], rendered = [], logged = []] = rates;
    return { byHand: summed(byHand), rendered: summed(rendered), logged: summed(logged) };
  } finally {
    for (const each of running) await each.stop();
    await rm(folder, { recursive: true });
  }
}

function portOf(index: number): number {
  return MEMBER_PORT + 1 + index;
}

/** The recorded HTTP listener, with one member that is there. */
function renderedFile(folder: string): string {
  const golden = readGoldenCase('01-http-basic');
  const member = { address: '127.0.0.1', protocolPort: MEMBER_PORT };
  const pools = golden.tree.pools.map((pool) => ({
    ...pool,
    members: pool.members.slice(0, 1).map((each) => ({ ...each, ...member })),
  }));
  const paths = { basePath: folder, baseCertDir: folder };
  return renderHaproxy({ ...golden.tree, pools }, { ...golden.context, paths });
}

/** As the agent puts it in place unless somebody wants access logs. */
function withoutReaders(config: string): string {
  const nobody = { tenants: 'nobody', administrators: 'syslog' } as const;
  return withAccessLog(config, nobody, 'unused', 'unused');
}

async function runHaproxy(folder: string, name: string, text: string, cpu: string) {
  const config = join(folder, `${name}.cfg`);
  await writeFile(config, text.replaceAll('.sock ', `.${name}.sock `));
  const child = spawn('taskset', ['-c', cpu, HAPROXY, '-db', '-f', config], { stdio: 'ignore' });
  const hasEnded = once(child, 'exit');
  await once(child, 'spawn');
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGKILL');
      await hasEnded;
    },
  };
}

async function rateOf(port: number, pid: number): Promise<Rate> {
  const client = ['-c', CLIENT_CPU, process.execPath, CLIENT, port, CONNECTIONS, ROUND_MS];
  const before = threadTimes([pid]);
  const { stdout } = await promisify(execFile)('taskset', client.map(String));
  const answered = Number(stdout);
  const perSecond = (answered * 1000) / ROUND_MS;
  return { perSecond, cpuMicrosEach: cpuMicros(before, threadTimes([pid])) / answered };
}

function summed(rates: readonly Rate[]): Rates {
  const fastest = rates.map(({ perSecond }) => perSecond).toSorted((a, b) => b - a);
  const cheapest = rates.map(({ cpuMicrosEach }) => cpuMicrosEach).toSorted((a, b) => a - b);
  const at = (place: number): Rate => ({
    perSecond: fastest[place] ?? 0,
    cpuMicrosEach: cheapest[place] ?? 0,
  });
  return { best: at(0), median: at(rates.length >> 1) };
}
