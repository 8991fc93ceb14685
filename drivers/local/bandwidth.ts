import { CommandFailed, ipBatch, ipBatchAnyway, run } from './command.ts';
import { linkExists } from './links.ts';
import { hostLinkOf, queueLinkOf } from './names.ts';
import type { LocalPort } from './port-table.ts';
import type { BandwidthLimit } from './qos-policy.ts';

const BYTES_PER_KILOBIT = 125;
/** What may wait: a tenth of a second, but at least two packets as large as veth pairs carry them. */
const QUEUE_SECONDS = 0.1;
const QUEUE_BYTES_MIN = 2 * 65_536;
/** VRRP's signs of life must not wait behind traffic, or the BACKUP takes over from a MASTER that is only busy. */
const VRRP_LIMIT = 'rate 128kbit burst 16384 cburst 16384 quantum 16384';
const VRRP = 112;
/** The number of no port. */
const TRIAL = 0;

type LimitedPort = Pick<LocalPort, 'number' | 'qosRules'>;

/**
 * Has a port's NIC obey its policy, on the host's end of the pair, out of the machine's reach. What passes now goes on
 * under the new limit: no connection notices but by its speed. Not plugged in is fine, again is nothing.
 */
export async function limitPort(prefix: string, { number, qosRules }: LimitedPort): Promise<void> {
  const link = hostLinkOf(prefix, number);
  if (!linkExists(link)) return;
  const ruleFor = (direction: BandwidthLimit['direction']): BandwidthLimit | undefined =>
    qosRules.find((rule) => rule.direction === direction);
  await limitEgress(link, queueLinkOf(prefix, number), ruleFor('egress'));
  // What the machine receives is what the host sends on its end.
  const ingress = ruleFor('ingress');
  await (ingress === undefined ? tcAnyway([`qdisc del dev ${link} root`]) : shape(link, ingress));
}

/**
 * Tries on a link of its own what limits need of the kernel.
 * @returns null, or what is missing
 */
export async function limitProblem(prefix: string): Promise<string | null> {
  const queue = queueLinkOf(prefix, TRIAL);
  try {
    await limitEgress(queue, queue, { direction: 'egress', maxKbps: 1000, maxBurstKbps: 800 });
    return null;
  } catch (error) {
    if (error instanceof CommandFailed) return error.message;
    throw error;
  } finally {
    await ipBatchAnyway([`link delete ${queue}`]);
  }
}

/** What a link receives cannot wait there: it takes a turn through a queue that can hold it. */
async function limitEgress(
  link: string,
  queue: string,
  rule: BandwidthLimit | undefined,
): Promise<void> {
  if (rule === undefined) {
    await tcAnyway([`qdisc del dev ${link} ingress`]);
    if (linkExists(queue)) await ipBatchAnyway([`link delete ${queue}`]);
    return;
  }
  const creation = `link add ${queue} txqueuelen 1000 type ifb`;
  await ipBatch([
    ...(linkExists(queue) ? [] : [creation]),
    `link set ${queue} addrgenmode none up`,
  ]);
  await shape(queue, rule);
  await tc([
    `qdisc replace dev ${link} ingress`,
    `filter replace dev ${link} ingress pref 1 handle 800::800 protocol all u32 match u32 0 0 action mirred egress redirect dev ${queue}`,
  ]);
}

/** Limits what is sent on a link. The kernel changes rates in place, but the tree that they stand in is made once. */
async function shape(link: string, { maxKbps, maxBurstKbps }: BandwidthLimit): Promise<void> {
  const burst = maxBurstKbps * BYTES_PER_KILOBIT;
  const queueBytes = Math.max(QUEUE_BYTES_MIN, maxKbps * BYTES_PER_KILOBIT * QUEUE_SECONDS);
  await tcAnyway([`qdisc add dev ${link} root handle 1: htb default 1`]);
  await tc([
    `class replace dev ${link} parent 1: classid 1:1 htb rate ${maxKbps}kbit burst ${burst} cburst ${burst} quantum 65536`,
    `class replace dev ${link} parent 1: classid 1:2 htb ${VRRP_LIMIT}`,
    `qdisc replace dev ${link} parent 1:1 handle 11: bfifo limit ${Math.ceil(queueBytes)}`,
    `filter replace dev ${link} parent 1: pref 1 handle 800::800 protocol ip u32 match ip protocol ${VRRP} 0xff flowid 1:2`,
    `filter replace dev ${link} parent 1: pref 2 handle 801::800 protocol ipv6 u32 match ip6 protocol ${VRRP} 0xff flowid 1:2`,
  ]);
}

async function tc(lines: readonly string[]): Promise<void> {
  await run('tc', ['-batch', '-'], `${lines.join('\n')}\n`);
}

/** What fails is passed over: it is so already. */
async function tcAnyway(lines: readonly string[]): Promise<void> {
  await run('tc', ['-force', '-batch', '-'], `${lines.join('\n')}\n`).catch((error: unknown) => {
    if (!(error instanceof CommandFailed)) throw error;
  });
}
