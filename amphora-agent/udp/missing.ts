import { run } from '../apply/command.ts';
import type { HaproxyNamespace } from '../apply/namespace.ts';
import type { LvsListener } from './lvs-listener.ts';

/** What nftables cannot do for a listener on this machine, for whoever sent it; null when nothing is missing. */
export async function missingFor(
  { id, services }: LvsListener,
  namespace: HaproxyNamespace,
): Promise<string | null> {
  const sctp = services.filter(({ protocol }) => protocol === 'sctp');
  if (sctp.length === 0) return null;
  if (!(await hasSctp(namespace)))
    return `listener ${id} is SCTP, which the kernel of this amphora lacks; use an image whose kernel has the module sctp, or another protocol`;
  const isChecked = sctp.some(({ members }) => members.some(({ check }) => check?.kind === 'sctp'));
  const { status } = await run(['sh', '-c', 'command -v amphora-health-checker']);
  return !isChecked || status === 0
    ? null
    : `listener ${id} has an SCTP health monitor, for which this amphora lacks the program amphora-health-checker; use a TCP or HTTP one`;
}

/** A kernel may have it as a module that nobody has needed yet. */
async function hasSctp(namespace: HaproxyNamespace): Promise<boolean> {
  await run(['modprobe', '-q', 'sctp']);
  const { stdout } = await namespace.exec(['cat', '/proc/net/protocols']);
  return /^SCTP\b/m.test(stdout);
}
