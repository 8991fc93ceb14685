import { createHash } from 'node:crypto';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  asOnRealMachine,
  changesSince,
  expectedChanges,
  takeSnapshot,
} from './testing/file-changes.ts';
import { haproxyConfig } from './testing/load-balancer-config.ts';
import { TestMachine } from './testing/machine.ts';
import { readNetwork, unordered, withoutRepeats } from './testing/network-state.ts';
import type { Answer } from './testing/request.ts';
import {
  type Exchange,
  type NetworkState,
  readTranscript,
  type TranscriptFile,
} from './testing/transcript.ts';

const AMPHORA = '3f0c2d1e-0000-4000-8000-000000000001';
const LOAD_BALANCER = '396b8675-85d2-5cc2-b6f0-96b94c0d8c6f';
const LISTENER = 'd9d5909b-7530-5d9b-83c2-95b4dd0176ec';
const LVS_LISTENER = 'd6b44303-548d-554f-8d0b-efb96f88695e';
const LVS_CONFIG = `# Configuration for Loadbalancer 1f9e429d-96e6-52bb-9899-8e555ed27a38
# Configuration for Listener d6b44303-548d-554f-8d0b-efb96f88695e

net_namespace amphora-haproxy

virtual_server_group ipv4-group {
    203.0.113.10 53
}
`;

const VRRP_CONFIG = 'vrrp_script check_script {\n    interval 5\n}\n';

interface Better {
  readonly title: string;
  readonly filesChanged?: number;
  check(machine: TestMachine, answer: Answer, exchange: Exchange): Promise<void> | void;
}

/** Where the original is at fault, or so lenient that it can be locked out: what ours does instead. */
const BETTER: Readonly<Record<string, Better>> = {
  'bad cidr': {
    title: 'a rule with a bad CIDR is refused and the firewall stays whole',
    check: (_machine, answer) => expect(answer.status).toBe(400),
  },
  'expanded form': {
    title: 'an address is found in whatever spelling',
    check: (_machine, answer) => expect(answer.status).toBe(200),
  },
  'empty list when rules exist: file untouched': {
    title: 'an empty list of rules closes the ports that were open',
    filesChanged: 1,
    async check(machine, answer) {
      expect(answer.status).toBe(200);
      const rules = await readFile(join(machine.base, 'nftables-vip.rules'), 'utf8');
      expect(rules).toMatch(/chain amphora_vip_chain \{\n {2}\}/);
    },
  },
  unparsable: {
    title: 'a configuration that cannot be read is refused and the good one stays',
    check(_machine, answer, exchange) {
      expect(answer.status).toBe(500);
      const { message } = exchange.response_json as { readonly message: string };
      expect(JSON.parse(answer.text)).toMatchObject({ message });
    },
  },
  'interface bring-up fails': {
    title: 'a NIC that cannot be brought up changes nothing on disk',
    check: (_machine, answer) => expect(answer.status).toBe(500),
  },
  '/1.0/certificate': {
    title: 'a certificate that would lock everyone out is refused',
    check: (_machine, answer) => expect(answer.status).toBe(400),
  },
};
/** Of the machine that the transcript was made on. */
const OF_THE_MACHINE = new Set([
  'hostname',
  'haproxy_version',
  'keepalived_version',
  'ipvsadm_version',
  'cpu_count',
  'cpu',
  'memory',
  'disk',
  'load',
  'networks',
]);

for (const name of ['single', 'active-standby'] as const) {
  describe(`the original agent's transcript, ${name}`, () => {
    let machine: TestMachine;
    beforeAll(async () => {
      const topology = name === 'single' ? 'SINGLE' : 'ACTIVE_STANDBY';
      machine = await TestMachine.create({
        amphoraId: AMPHORA,
        topology,
        serviceManager: 'systemd',
      });
      await chmod(machine.configFile, 0o644);
      await writeFile(join(machine.folder, 'systemctl.log'), '');
      await machine.startAgent();
      for (const last of [1, 2, 3]) await machine.plugNic(`fa:16:3e:00:00:0${last}`);
    });
    afterAll(async () => machine?.remove());

    for (const [index, entry] of readTranscript(name).entries()) {
      if ('netns_state' in entry)
        it(`${index}: network ${entry.netns_state}`, () => compareNetwork(machine, entry));
      else it(titleOf(index, entry), () => replay(machine, entry));
    }
  });
}

function betterOf({ note, path }: Exchange): Better | undefined {
  return BETTER[note ?? path];
}

function titleOf(index: number, exchange: Exchange): string {
  const { method, path, note } = exchange;
  const better = betterOf(exchange);
  const said = note ? `, ${note}` : '';
  return `${index}: ${method} ${path}${said}${better ? `: better here, ${better.title}` : ''}`;
}

async function replay(machine: TestMachine, exchange: Exchange): Promise<void> {
  // The transcripts keep only what can differ between the two: a deletion before this one is in the first alone.
  if (exchange.path === '/1.0/vrrp/upload')
    await machine.ask('DELETE', `/1.0/listeners/${LVS_LISTENER}`);
  const failing = join(machine.folder, 'systemctl-fails');
  const calls = join(machine.folder, 'systemctl.log');
  const before = await takeSnapshot(machine);
  const callsBefore = (await readFile(calls, 'utf8')).length;
  if (exchange.note === 'service manager fails') await writeFile(failing, '');
  const answer = await send(machine, exchange);
  await rm(failing, { force: true });

  const changes = await changesSince(machine, before);
  const better = betterOf(exchange);
  if (better) {
    await better.check(machine, answer, exchange);
    expect(changes).toHaveLength(better.filesChanged ?? 0);
    return;
  }
  compareAnswer(machine, exchange, answer);
  const expected = expectedChanges(exchange.files);
  expect(settled(changes, expected)).toEqual(settled(expected, expected));
  const said = (await readFile(calls, 'utf8')).slice(callsBefore).split('\n').filter(Boolean);
  expect(said).toEqual(expectedCalls(exchange));
  for (const { path, content } of exchange.files ?? [])
    if (content !== undefined) expect(await contentOf(machine, path)).toEqual(content);
}

async function send(machine: TestMachine, exchange: Exchange): Promise<Answer> {
  const { method, path, request_json: value } = exchange;
  if (value !== undefined) return machine.askJson(method, path, value);
  return machine.ask(method, path, { body: bodyOf(machine, exchange) });
}

/** The transcript shortens long bodies: they are ours. */
function bodyOf(machine: TestMachine, { path, note, request_body: body = '' }: Exchange): string {
  if (!body.endsWith('bytes)')) return body;
  if (path.endsWith('/udp_listener')) return LVS_CONFIG;
  if (path.endsWith('/vrrp/upload')) return VRRP_CONFIG;
  if (path.endsWith('/config')) return `${machine.config}# pushed\n`;
  if (path.endsWith('/haproxy') && note !== undefined) return goodConfig(machine);
  throw new Error(`no body for ${path}`);
}

function goodConfig({ base }: TestMachine): string {
  const ids = { loadBalancerId: LOAD_BALANCER, listenerId: LISTENER };
  return haproxyConfig({ base, ...ids, bind: '203.0.113.10:80' });
}

function compareAnswer(machine: TestMachine, exchange: Exchange, answer: Answer): void {
  expect(answer.status).toBe(exchange.status);
  expect(answer.headers['content-type']).toBe(exchange.content_type);
  expect(answer.headers.connection).toBe('close');
  if (exchange.etag === undefined) expect(answer.headers.etag).toBeUndefined();
  else expect(answer.headers.etag).toBe(etagOf(machine, exchange));
  if (exchange.response_json !== undefined)
    expect(stable(JSON.parse(asOnRealMachine(machine, answer.text)))).toEqual(
      stable(exchange.response_json),
    );
  if (exchange.response_text !== undefined)
    expect(answer.text).toBe(uploadedTo(machine, exchange.path));
}

function etagOf(machine: TestMachine, exchange: Exchange): string {
  const isUpload = exchange.method === 'PUT';
  const content = isUpload ? bodyOf(machine, exchange) : uploadedTo(machine, exchange.path);
  return content === null ? (exchange.etag ?? '') : createHash('md5').update(content).digest('hex');
}

function uploadedTo(machine: TestMachine, path: string): string | null {
  if (path.endsWith('/udp_listener')) return LVS_CONFIG;
  return path.endsWith('/haproxy') ? goodConfig(machine) : null;
}

/** What our agent says of itself besides. */
const OURS = 'features';

/** Figures and names of the machine become their types; process ids in HAProxy's words a word. */
function stable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/\(\d+\) :/g, '(pid) :');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(stable);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== OURS)
      .map(([key, each]) => [key, OF_THE_MACHINE.has(key) ? typesOf(each) : stable(each)]),
  );
}

function typesOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return typeof value;
  if (Array.isArray(value)) return value.map(typesOf);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, typesOf(each)]));
}

/** Whether the state of the servers differs from one reload to the next is a matter of luck. */
function settled(
  files: readonly TranscriptFile[],
  expected: readonly TranscriptFile[],
): readonly TranscriptFile[] {
  const isCreated = expected.some(({ path, op }) => isServersState(path) && op === 'created');
  return isCreated ? files : files.filter(({ path }) => !isServersState(path));
}

function isServersState(path: string): boolean {
  return path.endsWith('/servers-state');
}

/** The original's recorder left its stopped HAProxy behind as a zombie, so that a DELETE stopped it once more. */
function expectedCalls({ method, systemctl = [] }: Exchange): readonly string[] {
  const calls = systemctl.map(unitName);
  return method === 'DELETE' ? calls.filter((call) => !call.startsWith('stop ')) : calls;
}

function unitName(call: string): string {
  return call.endsWith('.service') ? call : `${call}.service`;
}

async function contentOf(machine: TestMachine, path: string): Promise<unknown> {
  const own = path
    .replace('/etc/octavia/interfaces', join(machine.folder, 'interfaces'))
    .replace('/var/lib/octavia', machine.base);
  const text = await readFile(own, 'utf8');
  return own.endsWith('.json') ? (JSON.parse(text) as unknown) : text;
}

async function compareNetwork(machine: TestMachine, state: NetworkState): Promise<void> {
  const network = await readNetwork(machine.haproxyNamespace);
  expect(unordered(network.interfaces)).toEqual(unordered(state.interfaces));
  expect(unordered(network.routes)).toEqual(unordered(state.routes));
  expect(unordered(network.rules)).toEqual(unordered(state.rules));
  const ruleset = network.nftRuleset.split('\n').filter(Boolean);
  expect(ruleset.toSorted()).toEqual(withoutRepeats(state.nft_ruleset).toSorted());
}
