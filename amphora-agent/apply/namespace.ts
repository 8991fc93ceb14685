import type { Logger } from '#core/ports/logger.ts';
import { type CommandResult, run } from './command.ts';

/** `ip` refused; the message has its words. */
export class NetworkFailure extends Error {}

/** What a namespace that forwards and balances needs; the image sets the same for the machine. */
const SETTINGS: readonly string[] = [
  // The backup's HAProxy binds a VIP that it does not hold yet.
  'net/ipv4/ip_nonlocal_bind=1',
  'net/ipv6/ip_nonlocal_bind=1',
  'net/ipv4/ip_forward=1',
  'net/ipv6/conf/all/forwarding=1',
  'net/ipv4/tcp_tw_reuse=1',
  'net/ipv4/tcp_fin_timeout=5',
  'net/core/somaxconn=65534',
  'net/ipv4/ip_local_port_range=1025 65534',
  'net/ipv4/ping_group_range=0 2147483647',
  'net/ipv4/tcp_mtu_probing=1',
  'net/ipv4/tcp_keepalive_time=300',
  'net/ipv4/tcp_synack_retries=3',
  'net/ipv4/vs/conntrack=1',
  'net/ipv4/vs/expire_nodest_conn=1',
  'net/ipv4/vs/expire_quiescent_template=1',
];

// A setting that this kernel lacks (IPVS not loaded, say) must not keep the others from being made.
const APPLY_SETTINGS =
  'for each; do (echo "${each#*=}" > "/proc/sys/${each%%=*}") 2>/dev/null; done; true';

/** The network namespace in which HAProxy and keepalived live; the agent itself stays outside. */
export class HaproxyNamespace {
  readonly name: string;
  readonly #logger: Logger;

  constructor(name: string, logger: Logger) {
    this.name = name;
    this.#logger = logger;
  }

  /** Makes it when it is not there. Safe to repeat. */
  async ensure(): Promise<void> {
    if (await this.exists()) return;
    // A machine that lost power leaves the name of a namespace that is gone.
    await run(['ip', 'netns', 'delete', this.name]);
    must(await run(['ip', 'netns', 'add', this.name]), `namespace ${this.name} cannot be made`);
    must(await this.ip(['link', 'set', 'lo', 'up']), `lo of ${this.name} cannot be set up`);
    await this.set(SETTINGS);
    this.#logger.info({ namespace: this.name }, 'namespace made');
  }

  async exists(): Promise<boolean> {
    return (await this.ip(['-o', 'link', 'show', 'lo'])).status === 0;
  }

  /** @param settings `net/ipv4/ip_forward=1`; what the kernel does not have is passed over */
  async set(settings: readonly string[]): Promise<void> {
    await this.exec(['sh', '-c', APPLY_SETTINGS, 'sh', ...settings]);
  }

  /** Runs a command inside. */
  exec(argv: readonly string[], input?: string): Promise<CommandResult> {
    return run(this.inside(argv), input === undefined ? {} : { input });
  }

  inside(argv: readonly string[]): readonly string[] {
    return ['ip', 'netns', 'exec', this.name, ...argv];
  }

  ip(args: readonly string[]): Promise<CommandResult> {
    return run(['ip', '-n', this.name, ...args]);
  }

  /** The JSON that `ip` prints; an empty list where it has nothing to say. */
  async ipJson(args: readonly string[]): Promise<readonly unknown[]> {
    return ipList(await this.ip(['-j', ...args]), args);
  }

  /** Runs commands in one go, each a line; stops at the first that fails. */
  async ipBatch(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const input = `${lines.join('\n')}\n`;
    const result = await run(['ip', '-n', this.name, '-batch', '-'], { input });
    must(result, `in namespace ${this.name}: ${failedLine(result.output, lines)}`);
  }

  /**
   * Runs all of them, whatever becomes of each; answers what failed, but for what was there already.
   * @param family that of all addresses in the lines: `ip rule` does not see it by itself
   */
  async ipBatchAnyway(lines: readonly string[], family: 4 | 6): Promise<readonly string[]> {
    if (lines.length === 0) return [];
    const input = `${lines.join('\n')}\n`;
    const batch = ['ip', `-${family}`, '-n', this.name, '-force', '-batch', '-'];
    const { output } = await run(batch, { input });
    const failures = output.matchAll(/^(.*)\nCommand failed -:(\d+)/gm);
    return [...failures]
      .filter(([, reason]) => !/File exists/.test(reason ?? ''))
      .map(([, reason, line]) => `${lines[Number(line) - 1]}: ${reason}`);
  }
}

/** Links of the agent's own namespace. */
export async function ownLinks(): Promise<readonly unknown[]> {
  const args = ['-j', 'link', 'show'];
  return ipList(await run(['ip', ...args]), args);
}

export function must(result: CommandResult, what: string): void {
  if (result.status !== 0) throw new NetworkFailure(`${what}: ${result.output.trim()}`);
}

function ipList(result: CommandResult, args: readonly string[]): readonly unknown[] {
  must(result, `ip ${args.join(' ')}`);
  const value: unknown = result.stdout.trim() === '' ? [] : JSON.parse(result.stdout);
  return Array.isArray(value) ? value : [];
}

function failedLine(output: string, lines: readonly string[]): string {
  const number = Number(/Command failed -:(\d+)/.exec(output)?.[1] ?? 0);
  return lines[number - 1] ?? 'ip -batch';
}
