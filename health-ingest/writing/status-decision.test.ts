import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ProvisioningStatus } from '#core/domain/status.ts';
import { decodeOctaviaHeartbeat } from '#core/heartbeat/octavia-wire.ts';
import { type StatusReport, statusReportOf } from '../exchange/status-report.ts';
import { decideStatus } from './status-decision.ts';
import type { KnownLoadBalancer } from './status-opinion.ts';

interface GoldenCase {
  readonly name: string;
  readonly description: string;
  readonly db: GoldenLoadBalancer | null;
  readonly heartbeat: Readonly<Record<string, unknown>>;
  readonly processing_delay: number;
  readonly heartbeat_interval: number;
  readonly udp_default_pool_members_enabled?: Readonly<Record<string, readonly boolean[] | null>>;
  readonly effects: readonly GoldenEffect[];
}
interface GoldenLoadBalancer {
  readonly id: string;
  readonly enabled: boolean;
  readonly provisioning_status: ProvisioningStatus;
  readonly operating_status: string;
  readonly listeners?: Readonly<
    Record<string, { operating_status: string; protocol: string; enabled: boolean }>
  >;
  readonly pools?: Readonly<
    Record<
      string,
      { operating_status: string; members?: Record<string, { operating_status: string }> }
    >
  >;
}
interface GoldenEffect {
  readonly action: string;
  readonly type?: string;
  readonly id?: string;
  readonly old?: string;
  readonly new?: string;
}

const file = new URL('testdata/status-cases.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly GoldenCase[] };
const held = cases.filter((golden) => golden.db !== null);

/** The original marks the silent listeners of a load balancer that is switched off as broken. Ours are off. */
const BETTER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'lb-disabled': { 'listener ERROR': 'listener OFFLINE' },
};

test('the golden cases are all there, and two of them are of amphorae without a load balancer', () => {
  expect([cases.length, held.length]).toEqual([38, 36]);
});

test.each(held)('$name: $description', (golden) => {
  const decision = decideStatus(
    reportOf(golden),
    knownOf(golden),
    golden.processing_delay * 1000,
    golden.heartbeat_interval * 1000,
  );
  const ours =
    decision.kind === 'late'
      ? []
      : [
          ...(decision.isListenerCountRight ? ['touch'] : []),
          ...decision.changes.map(
            (change) => `${change.kind} ${change.to} ${change.id} was ${change.from}`,
          ),
        ];
  expect(ours).toEqual(golden.effects.map((effect) => effectText(golden.name, effect)));
});

function effectText(name: string, effect: GoldenEffect): string {
  if (effect.action === 'touch-amphora-health') return 'touch';
  const kind = effect.type === 'loadbalancer' ? 'load-balancer' : effect.type;
  const what = `${kind} ${effect.new}`;
  return `${BETTER[name]?.[what] ?? what} ${effect.id} was ${effect.old}`;
}

function reportOf(golden: GoldenCase): StatusReport {
  const decoded = decodeOctaviaHeartbeat(Buffer.from(JSON.stringify(golden.heartbeat)));
  if (decoded.kind !== 'heartbeat') throw new Error(decoded.reason);
  return statusReportOf(decoded.heartbeat, 0);
}

function knownOf(golden: GoldenCase): KnownLoadBalancer {
  const { db } = golden;
  if (db === null) throw new Error(`${golden.name} has no load balancer`);
  const members = golden.udp_default_pool_members_enabled ?? {};
  return {
    id: db.id,
    isEnabled: db.enabled,
    provisioningStatus: db.provisioning_status,
    operatingStatus: db.operating_status,
    listeners: new Map(
      Object.entries(db.listeners ?? {}).map(([id, listener]) => [
        id,
        {
          isEnabled: listener.enabled,
          protocol: listener.protocol,
          operatingStatus: listener.operating_status,
          hasMember: members[id]?.includes(true) ?? false,
        },
      ]),
    ),
    pools: new Map(
      Object.entries(db.pools ?? {}).map(([id, pool]) => [
        id,
        {
          operatingStatus: pool.operating_status,
          members: new Map(
            Object.entries(pool.members ?? {}).map(([memberId, member]) => [
              memberId,
              member.operating_status,
            ]),
          ),
        },
      ]),
    ),
  };
}
