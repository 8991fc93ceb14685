import { randomBytes, randomInt } from 'node:crypto';
import { run, tryRun } from './command.ts';

/**
 * The networks of one test machine: the machine's namespace with a management NIC to the host, and beside it a
 * namespace with the tenant's network, a bridge. Addresses and names are random, so that several may be there at once.
 */
export class MachineNetwork {
  readonly namespace: string;
  readonly haproxyNamespace: string;
  readonly tenantNamespace: string;
  /** The host's end of the management network, and the machine's. */
  readonly hostAddress: string;
  readonly machineAddress: string;
  readonly #link: string;
  #nics = 0;

  constructor() {
    const mark = randomBytes(3).toString('hex');
    const [third, fourth] = [randomInt(256), randomInt(64) * 4];
    this.#link = `oat-${mark}`;
    this.namespace = `oat-${mark}`;
    this.haproxyNamespace = `oat-${mark}-haproxy`;
    this.tenantNamespace = `oat-${mark}-tenant`;
    this.hostAddress = `198.18.${third}.${fourth + 1}`;
    this.machineAddress = `198.18.${third}.${fourth + 2}`;
  }

  async make(): Promise<void> {
    await ip(`netns add ${this.namespace}`);
    await ip(`netns add ${this.tenantNamespace}`);
    await ip(`link add ${this.#link} type veth peer name eth0 netns ${this.namespace}`);
    await ip(`address add ${this.hostAddress}/30 dev ${this.#link}`);
    await ip(`link set ${this.#link} up`);
    await ip(`-n ${this.namespace} link set lo up`);
    await ip(`-n ${this.namespace} address add ${this.machineAddress}/30 dev eth0`);
    await ip(`-n ${this.namespace} link set eth0 up`);
    await ip(`-n ${this.tenantNamespace} link set lo up`);
    await ip(`-n ${this.tenantNamespace} link add br0 type bridge`);
    await ip(`-n ${this.tenantNamespace} address add 203.0.113.1/24 dev br0`);
    await ip(`-n ${this.tenantNamespace} link set br0 up`);
  }

  /** A NIC of the machine whose other end is on the tenant's network. */
  async plugNic(macAddress: string): Promise<void> {
    const number = this.#nics++;
    const peer = `peer name nic${number} address ${macAddress} netns ${this.namespace}`;
    await ip(`-n ${this.tenantNamespace} link add port${number} type veth ${peer}`);
    await ip(`-n ${this.tenantNamespace} link set port${number} master br0 up`);
  }

  /** Kills all that runs in the namespaces and takes them away; those that are not there are passed over. */
  async remove(): Promise<void> {
    for (const name of [this.haproxyNamespace, this.namespace, this.tenantNamespace]) {
      const pids = await run('ip', 'netns', 'pids', name).catch(() => '');
      for (const pid of pids.split('\n').filter(Boolean)) await tryRun('kill', '-KILL', pid);
      await tryRun('ip', 'netns', 'delete', name);
    }
    await tryRun('ip', 'link', 'delete', this.#link);
  }
}

async function ip(command: string): Promise<void> {
  await run('ip', ...command.split(' '));
}
