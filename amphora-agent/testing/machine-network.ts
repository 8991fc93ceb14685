import { randomBytes, randomInt } from 'node:crypto';
import { run, tryRun } from './command.ts';

/**
 * The networks of one test machine: the machine's namespace with a management NIC to the host, and beside it a
 * namespace with the tenant's network, a bridge, which another machine may share. Addresses and names are random, so
 * that several may be there at once.
 */
export class MachineNetwork {
  readonly namespace: string;
  readonly haproxyNamespace: string;
  readonly tenantNamespace: string;
  /** The host's end of the management network, and the machine's. */
  readonly hostAddress: string;
  readonly machineAddress: string;
  readonly #link: string;
  readonly #isGuest: boolean;
  #nics = 0;
  #hasTenant = false;

  /** @param beside whose tenant's network it shares */
  constructor(beside?: MachineNetwork) {
    const mark = randomBytes(3).toString('hex');
    const [third, fourth] = [randomInt(256), randomInt(64) * 4];
    this.#link = `oat-${mark}`;
    this.namespace = `oat-${mark}`;
    this.haproxyNamespace = `oat-${mark}-haproxy`;
    this.#isGuest = beside !== undefined;
    this.tenantNamespace = beside?.tenantNamespace ?? `oat-${mark}-tenant`;
    this.hostAddress = `198.18.${third}.${fourth + 1}`;
    this.machineAddress = `198.18.${third}.${fourth + 2}`;
  }

  async make(): Promise<void> {
    if (!this.#isGuest && !this.#hasTenant) await this.#makeTenant();
    await ip(`netns add ${this.namespace}`);
    await ip(`link add ${this.#link} type veth peer name eth0 netns ${this.namespace}`);
    await ip(`address add ${this.hostAddress}/30 dev ${this.#link}`);
    await ip(`link set ${this.#link} up`);
    await ip(`-n ${this.namespace} link set lo up`);
    await ip(`-n ${this.namespace} address add ${this.machineAddress}/30 dev eth0`);
    await ip(`-n ${this.namespace} link set eth0 up`);
  }

  /** A NIC of the machine whose other end is on the tenant's network. */
  async plugNic(macAddress: string): Promise<void> {
    const number = this.#nics++;
    const port = `${this.#link}-${number}`;
    const peer = `peer name nic${number} address ${macAddress} netns ${this.namespace}`;
    await ip(`-n ${this.tenantNamespace} link add ${port} type veth ${peer}`);
    await ip(`-n ${this.tenantNamespace} link set ${port} master br0 up`);
  }

  async unplugNics(): Promise<void> {
    for (let number = 0; number < this.#nics; number++)
      await tryRun('ip', '-n', this.tenantNamespace, 'link', 'delete', `${this.#link}-${number}`);
  }

  /** Kills all that runs in the machine and takes its namespaces away; those that are not there are passed over. */
  async removeMachine(): Promise<void> {
    await this.unplugNics();
    await removeNamespaces(this.haproxyNamespace, this.namespace);
    await tryRun('ip', 'link', 'delete', this.#link);
  }

  /** The same, and the tenant's network with it. */
  async remove(): Promise<void> {
    await this.removeMachine();
    if (!this.#isGuest) await removeNamespaces(this.tenantNamespace);
    this.#hasTenant = false;
  }

  async #makeTenant(): Promise<void> {
    const tenant = this.tenantNamespace;
    await ip(`netns add ${tenant}`);
    this.#hasTenant = true;
    await ip(`-n ${tenant} link set lo up`);
    await ip(`-n ${tenant} link add br0 type bridge`);
    await ip(`-n ${tenant} address add 203.0.113.1/24 dev br0`);
    await ip(`-n ${tenant} link set br0 up`);
  }
}

async function removeNamespaces(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const pids = await run('ip', 'netns', 'pids', name).catch(() => '');
    for (const pid of pids.split('\n').filter(Boolean)) await tryRun('kill', '-KILL', pid);
    await tryRun('ip', 'netns', 'delete', name);
  }
}

async function ip(command: string): Promise<void> {
  await run('ip', ...command.split(' '));
}
