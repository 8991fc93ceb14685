import { randomUUID } from 'node:crypto';
import { type ConfigGiven, haproxyConfig } from './load-balancer-config.ts';
import type { TestMachine } from './machine.ts';
import type { Answer } from './request.ts';

export const VIP = '203.0.113.10';
const VIP_MAC = 'fa:16:3e:00:00:01';

/** A load balancer on a test machine, driven as a controller drives it. */
export class TestLoadBalancer {
  readonly machine: TestMachine;
  readonly id = randomUUID();
  readonly listenerId = randomUUID();
  readonly poolId = randomUUID();

  constructor(machine: TestMachine) {
    this.machine = machine;
  }

  async plugVip(): Promise<Answer> {
    await this.machine.plugNic(VIP_MAC);
    return this.machine.askJson('POST', `/1.0/plug/vip/${VIP}`, {
      subnet_cidr: '203.0.113.0/24',
      gateway: '203.0.113.1',
      mac_address: VIP_MAC,
      vrrp_ip: '203.0.113.20',
      mtu: 1450,
    });
  }

  config(
    members: ConfigGiven['members'] = [],
    port = 80,
    persistence: ConfigGiven['persistence'] = [],
  ): string {
    const { machine, id, listenerId, poolId } = this;
    const bind = `${VIP}:${port}`;
    return haproxyConfig({
      base: machine.base,
      loadBalancerId: id,
      listenerId,
      poolId,
      bind,
      members,
      persistence,
    });
  }

  upload(config: string): Promise<Answer> {
    const path = `/1.0/loadbalancer/${this.machine.amphoraId}/${this.id}/haproxy`;
    return this.machine.ask('PUT', path, { body: config });
  }

  act(action: 'start' | 'stop' | 'reload'): Promise<Answer> {
    return this.machine.ask('PUT', `/1.0/loadbalancer/${this.id}/${action}`);
  }
}
