import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { DriverFailure } from '#core/domain/errors.ts';

const COMMAND_TIMEOUT_MS = 20_000;

/**
 * Runs a program to its end.
 * @param input what it reads from standard input
 * @returns its standard output
 * @throws CommandFailed when it ends with another code than 0 or takes longer than 20 s
 */
export async function run(program: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, args, { stdio: 'pipe', timeout: COMMAND_TIMEOUT_MS });
  // It may end before it has read everything; its exit code tells.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  try {
    const [output, complaint, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null, string | null]>,
    ]);
    if (code === 0) return output;
    throw new CommandFailed(program, args, signal ?? `exit code ${code}`, complaint);
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(program, args, 'it could not be started', '', error);
  }
}

/** Retryable: what the kernel refuses now (busy, out of memory) it mostly takes a moment later. */
export class CommandFailed extends DriverFailure {
  /** What the program wrote to standard error. */
  readonly complaint: string;

  constructor(
    program: string,
    args: readonly string[],
    outcome: string,
    complaint: string,
    cause?: unknown,
  ) {
    const said = complaint.trim().slice(0, 2000);
    super(`${[program, ...args].join(' ')}: ${outcome}${said ? `: ${said}` : ''}`, {
      retryable: true,
      cause,
    });
    this.name = 'CommandFailed';
    this.complaint = complaint;
  }
}

/** Runs several `ip` commands in one process; it stops at the first that fails. No lines: nothing is run. */
export async function ipBatch(lines: readonly string[], namespace?: string): Promise<void> {
  if (lines.length === 0) return;
  const where = namespace === undefined ? [] : ['-n', namespace];
  await run('ip', [...where, '-batch', '-'], `${lines.join('\n')}\n`);
}

/** As `ipBatch`, but what fails is passed over: for removals, where the thing may just be gone. */
export async function ipBatchAnyway(lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await run('ip', ['-force', '-batch', '-'], `${lines.join('\n')}\n`).catch((error: unknown) => {
    if (!(error instanceof CommandFailed)) throw error;
  });
}

interface IpLink {
  readonly ifname: string;
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number }[];
}

/** The addresses of this host, also those of links that are down. */
export async function listAddresses(): Promise<
  readonly { readonly link: string; readonly address: string; readonly prefixLength: number }[]
> {
  const links = await ipJson(['address', 'show']);
  return links.flatMap(({ ifname, addr_info: addresses = [] }) =>
    addresses.map(({ local, prefixlen }) => ({
      link: ifname,
      address: local,
      prefixLength: prefixlen,
    })),
  );
}

async function ipJson(args: readonly string[]): Promise<readonly IpLink[]> {
  return JSON.parse((await run('ip', ['-j', ...args])) || '[]') as IpLink[];
}
