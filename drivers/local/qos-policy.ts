/** A bandwidth limit in Neutron's terms. */
export interface BandwidthLimit {
  /** As the machine sees it: egress is what it sends. */
  readonly direction: 'egress' | 'ingress';
  readonly maxKbps: number;
  /** Kilobits that may pass at once after a pause. */
  readonly maxBurstKbps: number;
}

export interface NamedQosPolicy {
  readonly name: string;
  /** At most one a direction. */
  readonly rules: readonly BandwidthLimit[];
}

const MAX_KBPS = 10_000_000;
/** What TCP needs to reach the limit, as Neutron has it. */
const BURST_SHARE = 0.8;
/** The kernel counts a burst as the time it takes, in 32 bits. */
const BURST_SECONDS_MAX = 10;
const EXAMPLE = 'gold=egress:8000+ingress:8000:1600';

/**
 * Reads the QoS policies of a cloud.
 * @throws Error naming the option, the value and what would be right
 */
export function qosPoliciesOf(texts: readonly string[]): readonly NamedQosPolicy[] {
  const policies = texts.map(parsePolicy);
  const names = policies.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return policies;
  throw new Error(`[local_cloud] qos_policies names ${twice} twice; each needs a name of its own`);
}

function parsePolicy(text: string): NamedQosPolicy {
  const [, name, limits] = /^([a-z][a-z0-9_-]{0,31})=(\S+)$/.exec(text) ?? [];
  const rules = limits?.split('+').map(parseLimit) ?? [];
  const isOneEach = new Set(rules.map((rule) => rule?.direction)).size === rules.length;
  if (name !== undefined && isOneEach && rules.every((rule) => rule !== null))
    return { name, rules };
  throw new Error(
    `[local_cloud] qos_policies has "${text}"; it must be name=direction:max_kbps or name=direction:max_kbps:max_burst_kbps, direction being egress or ingress, with + for the other one, as in ${EXAMPLE}; at most ${MAX_KBPS} kbps, and a burst of at most ${BURST_SECONDS_MAX} s of it`,
  );
}

function parseLimit(text: string): BandwidthLimit | null {
  const [, direction, rate, burst] = /^(egress|ingress):(\d{1,9})(?::(\d{1,9}))?$/.exec(text) ?? [];
  if (direction !== 'egress' && direction !== 'ingress') return null;
  const maxKbps = Number(rate);
  const maxBurstKbps = Number(burst ?? Math.ceil(maxKbps * BURST_SHARE));
  const isPossible = maxKbps >= 1 && maxKbps <= MAX_KBPS && maxBurstKbps >= 1;
  if (!isPossible || maxBurstKbps > maxKbps * BURST_SECONDS_MAX) return null;
  return { direction, maxKbps, maxBurstKbps };
}
