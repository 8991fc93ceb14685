import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Heartbeat } from '#core/heartbeat/message.ts';
import { createCertificates, type TestCertificates } from './certificates.ts';
import { HeartbeatCatcher } from './heartbeat-catcher.ts';
import { MachineNetwork } from './machine-network.ts';
import { type Answer, type Asked, ask } from './request.ts';

export interface MachineOptions {
  readonly amphoraId?: string;
  readonly topology?: 'SINGLE' | 'ACTIVE_STANDBY';
  readonly serviceManager?: 'systemd' | 'child';
  readonly wire?: 'octavia' | 'native';
  /** On whose tenant's network it is, and by whose CA its certificate is signed. */
  readonly beside?: TestMachine;
}

const TIMEOUT_MS = 60_000;
/** What one agent compiled the next one loads. */
const CACHE = join(tmpdir(), 'octavia-compile-cache');
const AGENT = new URL('../start', import.meta.url).pathname;

/** A machine for the real agent: namespaces in place of a network, a folder in place of the root file system. */
export class TestMachine {
  readonly amphoraId: string;
  readonly folder: string;
  readonly certificates: TestCertificates;
  readonly #options: MachineOptions;
  readonly #network: MachineNetwork;
  readonly #manager = new HeartbeatCatcher();
  #agent: ChildProcess | null = null;
  /** What the agent wrote, all of it. */
  log = '';

  private constructor(
    options: MachineOptions,
    folder: string,
    certificates: TestCertificates,
    id: string,
  ) {
    this.#options = options;
    this.#network = new MachineNetwork(options.beside ? options.beside.#network : undefined);
    this.folder = folder;
    this.certificates = certificates;
    this.amphoraId = id;
  }

  static async create(options: MachineOptions = {}): Promise<TestMachine> {
    const id = options.amphoraId ?? randomUUID();
    const folder = await mkdtemp(join(tmpdir(), 'oat-'));
    const certificates = await createCertificates(id, options.beside?.certificates);
    const machine = new TestMachine(options, folder, certificates, id);
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
    return this.#network.machineAddress;
  }

  get haproxyNamespace(): string {
    return this.#network.haproxyNamespace;
  }

  get tenantNamespace(): string {
    return this.#network.tenantNamespace;
  }

  get agentPid(): number | undefined {
    return this.#agent?.pid;
  }

  /** When the agents started that sent heartbeats, as they say themselves, in the order in which they were heard. */
  get epochs(): readonly number[] {
    return [...this.#manager.epochs];
  }

  /** The configuration with the key that the manager knows besides. */
  get configWithNextKey(): string {
    return this.config.replace(/^(heartbeat_key) = .*$/m, `$1 = ${this.#manager.nextKey}`);
  }

  get isNextKeyUsed(): boolean {
    return this.#manager.isNextKey;
  }

  /** All that came so far. */
  get heartbeats(): readonly Heartbeat[] {
    return this.#manager.caught;
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
controller_ip_port_list = ${this.#network.hostAddress}:${this.#manager.port}
heartbeat_interval = 1
heartbeat_key = ${this.#manager.key}
heartbeat_wire = ${wire}
[amphora_agent]
amphora_id = ${this.amphoraId}
agent_server_ca = ${this.folder}/etc/client_ca.pem
agent_server_cert = ${this.folder}/etc/server.pem
agent_server_network_dir = ${this.folder}/interfaces
haproxy_namespace = ${this.haproxyNamespace}
service_manager = ${serviceManager}
service_unit_dir = ${this.folder}/units
udp_data_path = ${serviceManager === 'systemd' ? 'ipvs' : 'auto'}
[controller_worker]
loadbalancer_topology = ${topology}
`;
  }

  /** Starts the agent as a supervisor would, and waits until it answers. */
  async startAgent(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const namespace = `--net=/run/netns/${this.#network.namespace}`;
    const command = [namespace, AGENT, process.execPath, '--config-file', this.configFile];
    const agent = spawn('nsenter', command, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        NODE_COMPILE_CACHE: CACHE,
        ...process.env,
        ...environment,
        PATH: `${this.folder}/bin:${process.env['PATH']}`,
      },
    });
    const note = (chunk: Buffer): void => {
      this.log += chunk.toString('utf8');
    };
    agent.stdout.on('data', note);
    agent.stderr.on('data', note);
    this.#agent = agent;
    await this.#untilReady(agent);
  }

  /** @returns its exit code; null when it was killed, or did not run */
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

  /** Asks as the controller does. */
  ask(method: string, path: string, options: Asked = {}): Promise<Answer> {
    const { authority, client } = this.certificates;
    const tls = {
      servername: this.amphoraId,
      ca: authority.certificatePem,
      cert: client,
      key: client,
    };
    return ask({ host: this.address, port: 9443, ...tls, method, path, ...options });
  }

  askJson(method: string, path: string, value: unknown): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    return this.ask(method, path, { headers, body: JSON.stringify(value) });
  }

  /** Hot-plugs a NIC. */
  plugNic(macAddress: string): Promise<void> {
    return this.#network.plugNic(macAddress);
  }

  /** The next heartbeat that is as wanted. */
  async heartbeat(
    isWanted: (heartbeat: Heartbeat) => boolean = () => true,
    timeoutMs = TIMEOUT_MS,
  ): Promise<Heartbeat> {
    const found = await this.#manager.next(isWanted, timeoutMs);
    if (found === null) throw new Error(`no such heartbeat; the agent said:\n${this.log}`);
    return found;
  }

  /** Takes the machine away in the midst of its work; what was on disk stays, and so does the tenant's network. */
  async loseMachine(): Promise<void> {
    // Without its cables first: what dies by the power says no farewell. The agent then, since it would start anew what
    // dies before it.
    await this.#network.unplugNics();
    await this.stopAgent('SIGKILL');
    await this.#network.removeMachine();
  }

  /** Takes network and processes away, as a power cut does; what was on disk stays. */
  async loseNamespaces(): Promise<void> {
    await this.stopAgent('SIGKILL');
    await this.#network.remove();
  }

  makeNamespaces(): Promise<void> {
    return this.#network.make();
  }

  async remove(): Promise<void> {
    await this.loseNamespaces();
    this.#manager.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #build(): Promise<void> {
    await this.#manager.open();
    await chmod(this.folder, 0o755); // HAProxy is not root
    for (const name of ['etc', 'bin']) await mkdir(join(this.folder, name));
    const { authority, server } = this.certificates;
    await writeFile(join(this.folder, 'etc', 'client_ca.pem'), authority.certificatePem);
    await writeFile(join(this.folder, 'etc', 'server.pem'), server, { mode: 0o600 });
    await writeFile(this.configFile, this.config);
    const recorder = await readFile(new URL('./systemctl.sh', import.meta.url));
    await writeFile(join(this.folder, 'bin', 'systemctl'), recorder, { mode: 0o755 });
    await this.makeNamespaces();
  }

  async #untilReady(agent: ChildProcess): Promise<void> {
    const endMs = performance.now() + TIMEOUT_MS;
    while (performance.now() < endMs && agent.exitCode === null) {
      const status = await this.ask('GET', '/').then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) return;
      await delay(10);
    }
    throw new Error(`the agent does not answer:\n${this.log}`);
  }
}
