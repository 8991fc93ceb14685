import { readFileSync } from 'node:fs';
import { CommandFailed, run } from './command.ts';

const SWITCH = '/proc/sys/net/bridge/bridge-nf-call-iptables';

/**
 * Whether the host's firewall drops what amphorae and members say to each other. Where Docker runs, packets between
 * two ports of a bridge pass the FORWARD chain of iptables as if they were routed, and its policy is to drop.
 * @returns null, or a sentence that says what to do; a firewall of the host's owner is not ours to change
 */
export async function bridgedFirewallProblem(prefix: string): Promise<string | null> {
  if (!isBridgeFiltered()) return null;
  const chain = await run('nft', ['list', 'chain', 'ip', 'filter', 'FORWARD']).catch(
    (error: unknown) => {
      // No such chain: nobody drops anything.
      if (error instanceof CommandFailed) return '';
      throw error;
    },
  );
  return forwardProblem(chain, prefix);
}

/** @param chain the FORWARD chain as nft prints it; empty: there is none */
export function forwardProblem(chain: string, prefix: string): string | null {
  const isAllowed = chain.includes(`"${prefix}-b*"`) && chain.includes('accept');
  if (!/policy drop/.test(chain) || isAllowed) return null;
  return `this host's firewall drops packets between amphorae and members; allow them with: iptables -I FORWARD -i ${prefix}-b+ -o ${prefix}-b+ -j ACCEPT`;
}

function isBridgeFiltered(): boolean {
  try {
    return readFileSync(SWITCH, 'utf8').trim() === '1';
  } catch {
    return false;
  }
}
