import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeDatagram } from '#core/heartbeat/datagram.ts';
import { heartbeatKey } from '#core/heartbeat/key.ts';
import type { Heartbeat } from '#core/heartbeat/message.ts';
import { createCertificates, type TestCertificates } from './certificates.ts';
import { run, tryRun } from './command.ts';
import { type Answer, type Asked, ask } from './request.ts';

export interface MachineOptions {
  readonly amphoraId?: string;
  readonly topology?: 'SINGLE' | 'ACTIVE_STANDBY';
  readonly serviceManager?: 'systemd' | 'child';
  readonly wire?: 'octavia' | 'native';
}

const KEY = 'test-key';
const START_TIMEOUT_MS = 15_000;
const HEARTBEATS_MAX = 10_000;
const REPOSITORY = new URL('../../', import.meta.url).pathname;

/**
 * A machine for the real agent: a network namespace with a management NIC, a tenant's network in a namespace beside
 * it, and a folder in place of the root file system.
 */
export class TestMachine {
  readonly amphoraId: string;
  readonly folder: string;
  readonly namespace: string;
  readonly haproxyNamespace: string;
  readonly tenantNamespace: string;
  readonly certificates: TestCertificates;
  readonly heartbeats: Heartbeat[] = [];
  readonly #options: MachineOptions;
  readonly #host: { readonly outside: string; readonly inside: string };
  readonly #link: string;
  readonly #socket: Socket = createSocket('udp4');
  #agent: ChildProcess | null = null;
  #nics = 0;
  log = '';

  private constructor(
    options: MachineOptions,
    folder: string,
    certificates: TestCertificates,
    amphoraId: string,
  ) {
    const mark = randomBytes(3).toString('hex');
    const network = `198.18.${randomInt(256)}.${randomInt(64) * 4}`.split('.').map(Number);
    const at = (offset: number): string =>
      [...network.slice(0, 3), (network[3] ?? 0) + offset].join('.');
    this.amphoraId = amphoraId;
    this.folder = folder;
    this.certificates = certificates;
    this.namespace = `oat-${mark}`;
    this.haproxyNamespace = `oat-${mark}-haproxy`;
    this.tenantNamespace = `oat-${mark}-tenant`;
    this.#link = `oat-${mark}`;
    this.#host = { outside: at(1), inside: at(2) };
    this.#options = options;
  }

  static async create(options: MachineOptions = {}): Promise<TestMachine> {
    const amphoraId = options.amphoraId ?? randomUUID();
    const folder = await mkdtemp(join(tmpdir(), 'oat-'));
    const machine = new TestMachine(
      options,
      folder,
      await createCertificates(amphoraId),
      amphoraId,
    );
    try {
      await machine.#build();
      return machine;
    } catch (error) {
      await machine.remove();
      throw error;
    }
  }

  get base(): string {
    return join(this.folder, 'b');
  }

  get configFile(): string {
    return join(this.folder, 'etc', 'amphora-agent.conf');
  }

  get address(): string {
    return this.#host.inside;
  }

  get agentPid(): number | undefined {
    return this.#agent?.pid;
  }

  /** The agent's configuration, as a controller renders it. */
  get config(): string {
    const { topology = 'SINGLE', serviceManager = 'child', wire = 'native' } = this.#options;
    return `[DEFAULT]
debug = False
[haproxy_amphora]
base_path = ${this.base}
base_cert_dir = ${this.base}/certs
bind_host = 0.0.0.0
bind_port = 9443
haproxy_cmd = /usr/sbin/haproxy
[health_manager]
controller_ip_port_list = ${this.#host.outside}:${this.#socket.address().port}
heartbeat_interval = 1
heartbeat_key = ${KEY}
heartbeat_wire = ${wire}
[amphora_agent]
amphora_id = ${this.amphoraId}
agent_server_ca = ${this.folder}/etc/client_ca.pem
agent_server_cert = ${this.folder}/etc/server.pem
agent_server_network_dir = ${this.folder}/interfaces
haproxy_namespace = ${this.haproxyNamespace}
service_manager = ${serviceManager}
service_unit_dir = ${this.folder}/units
[controller_worker]
loadbalancer_topology = ${topology}
`;
  }

  /** Starts the agent as a supervisor would, and waits until it answers. */
  async startAgent(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const argv = [`--net=/run/netns/${this.namespace}`, process.execPath];
    const script = join(REPOSITORY, 'amphora-agent', 'main.ts');
    const agent = spawn('nsenter', [...argv, script, '--config-file', this.configFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment, PATH: `${this.folder}/bin:${process.env['PATH']}` },
    });
    const note = (chunk: Buffer): void => {
      this.log += chunk.toString('utf8');
    };
    agent.stdout.on('data', note);
    agent.stderr.on('data', note);
    this.#agent = agent;
    await this.#waitUntilReady();
  }

  async stopAgent(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const agent = this.#agent;
    this.#agent = null;
    if (agent === null || agent.exitCode !== null || agent.signalCode !== null) return null;
    agent.kill(signal);
    const [code] = (await once(agent, 'exit')) as [number | null];
    return code;
  }

  signalAgent(signal: NodeJS.Signals): void {
    this.#agent?.kill(signal);
  }

  ask(method: string, path: string, options: Asked = {}): Promise<Answer> {
    const { authority, client } = this.certificates;
    return ask({
      host: this.address,
      port: 9443,
      servername: this.amphoraId,
      ca: authority.certificatePem,
      cert: client,
      key: client,
      method,
      path,
      ...options,
    });
  }

  askJson(method: string, path: string, value: unknown): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    return this.ask(method, path, { headers, body: JSON.stringify(value) });
  }

  /** Hot-plugs a NIC whose other end is on the tenant's network. */
  async plugNic(macAddress: string): Promise<void> {
    const number = this.#nics++;
    const [outer, inner] = [`port${number}`, `nic${number}`];
    const { tenantNamespace: tenant, namespace } = this;
    await run(
      'ip',
      '-n',
      tenant,
      'link',
      'add',
      outer,
      'type',
      'veth',
      'peer',
      'name',
      inner,
      'address',
      macAddress,
      'netns',
      namespace,
    );
    await run('ip', '-n', tenant, 'link', 'set', outer, 'master', 'br0', 'up');
  }

  /** The next heartbeat that is as wanted, or the first one. */
  async heartbeat(
    isWanted: (heartbeat: Heartbeat) => boolean = () => true,
    timeoutMs = START_TIMEOUT_MS,
  ): Promise<Heartbeat> {
    const from = this.heartbeats.length;
    const endMs = performance.now() + timeoutMs;
    while (performance.now() < endMs) {
      const found = this.heartbeats.slice(from).find(isWanted);
      if (found) return found;
      await delay(10);
    }
    throw new Error(`no such heartbeat; the agent said:\n${this.log}`);
  }

  /** Kills all that runs in the machine and takes the machine away; what it had on disk stays until `remove`. */
  async loseNamespaces(): Promise<void> {
    await this.stopAgent('SIGKILL');
    for (const name of [this.haproxyNamespace, this.namespace, this.tenantNamespace]) {
      const pids = await run('ip', 'netns', 'pids', name).catch(() => '');
      for (const pid of pids.split('\n').filter(Boolean)) await tryRun('kill', '-KILL', pid);
      await tryRun('ip', 'netns', 'delete', name);
    }
    await tryRun('ip', 'link', 'delete', this.#link);
  }

  async makeNamespaces(): Promise<void> {
    const { namespace, tenantNamespace: tenant } = this;
    await run('ip', 'netns', 'add', namespace);
    await run('ip', 'netns', 'add', tenant);
    await run(
      'ip',
      'link',
      'add',
      this.#link,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      namespace,
    );
    await run('ip', 'address', 'add', `${this.#host.outside}/30`, 'dev', this.#link);
    await run('ip', 'link', 'set', this.#link, 'up');
    await run('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
    await run('ip', '-n', namespace, 'address', 'add', `${this.#host.inside}/30`, 'dev', 'eth0');
    await run('ip', '-n', namespace, 'link', 'set', 'eth0', 'up');
    await run('ip', '-n', tenant, 'link', 'set', 'lo', 'up');
    await run('ip', '-n', tenant, 'link', 'add', 'br0', 'type', 'bridge');
    await run('ip', '-n', tenant, 'address', 'add', '203.0.113.1/24', 'dev', 'br0');
    await run('ip', '-n', tenant, 'link', 'set', 'br0', 'up');
  }

  async remove(): Promise<void> {
    await this.loseNamespaces();
    this.#socket.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #build(): Promise<void> {
    this.#socket.on('message', (datagram) => {
      const decoded = decodeDatagram(datagram, [heartbeatKey(KEY)]);
      if (decoded.kind === 'heartbeat' && this.heartbeats.length < HEARTBEATS_MAX)
        this.heartbeats.push(decoded.heartbeat);
    });
    this.#socket.bind(0);
    await once(this.#socket, 'listening');
    await chmod(this.folder, 0o755);
    for (const name of ['etc', 'bin']) await mkdir(join(this.folder, name));
    const { authority, server } = this.certificates;
    await writeFile(join(this.folder, 'etc', 'client_ca.pem'), authority.certificatePem);
    await writeFile(join(this.folder, 'etc', 'server.pem'), server, { mode: 0o600 });
    await writeFile(this.configFile, this.config);
    const recorder = new URL('./systemctl.sh', import.meta.url);
    await writeFile(join(this.folder, 'bin', 'systemctl'), await readFile(recorder), {
      mode: 0o755,
    });
    await this.makeNamespaces();
  }

  async #waitUntilReady(): Promise<void> {
    const endMs = performance.now() + START_TIMEOUT_MS;
    while (performance.now() < endMs) {
      const isUp = await this.ask('GET', '/').then(
        (answer) => answer.status === 200,
        () => false,
      );
      if (isUp) return;
      if (this.#agent?.exitCode !== null) break;
      await delay(10);
    }
    throw new Error(`the agent does not answer:\n${this.log}`);
  }
}
