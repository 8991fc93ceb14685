import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, the longest first; most of that is waiting for heartbeats that do not come. Those that
 * come last leave all workers but one without work, and a fresh checkout knows no times of earlier runs.
 */
const LONG = [
  'health-ingest/failover.test.ts',
  'health-ingest/outages.test.ts',
  'amphora-agent/haproxy.test.ts',
  'health-ingest/simulation/simulation.test.ts',
  'worker/flows/all-flows.test.ts',
  'tests/api-contract/attributes.test.ts',
  'deploy/operations/operations.test.ts',
  'amphora-agent/udp-members.test.ts',
  'tests/api-model/api-model.test.ts',
  'worker/takeover.test.ts',
  'worker/flows/failover.test.ts',
  'health-ingest/redis-modes.test.ts',
  'health-ingest/overload.test.ts',
  'tests/house/programs.test.ts',
  'deploy/certificate/certificate.test.ts',
  'tests/end-to-end/outages.test.ts',
  'tests/end-to-end/openstack-cli.test.ts',
  'tests/end-to-end/active-standby-traffic.test.ts',
  'tests/end-to-end/life.test.ts',
  'tests/end-to-end/keystone.test.ts',
  'tests/end-to-end/tls.test.ts',
  'tests/end-to-end/chaos.test.ts',
];

/** Runs long files first, and the others as vitest does. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONG.indexOf(relative(this.ctx.config.root, moduleId));
      return place === -1 ? LONG.length : place;
    };
    return usual.toSorted((a, b) => rank(a) - rank(b));
  }
}
