import { parseArgs } from 'node:util';

export const HELP = `Operations on load balancers: what waits, runs or failed; ends one, or begins one anew.

  npm run -s operations -- [list] [--failed] [--load-balancer ID]
  npm run -s operations -- show FLOW
  npm run -s operations -- cancel FLOW [--reason TEXT]   it fails where it is, undoes what it did, ends in ERROR
  npm run -s operations -- retry FLOW                    a failed one, from its beginning, as a new flow

  --json               for programs: all that is known, times in milliseconds since the epoch
  --config-file FILE   configuration (default /etc/octavia/octavia.conf); only [database] is read
  --help               this text
`;

/** What the operator asked for. */
export type Wish =
  | { readonly kind: 'help' }
  | { readonly kind: 'list'; readonly isFailed: boolean; readonly loadBalancerId: string | null }
  | { readonly kind: 'show' | 'retry'; readonly flowId: string }
  | { readonly kind: 'cancel'; readonly flowId: string; readonly reason: string };

export interface Asked {
  readonly wish: Wish;
  readonly isJson: boolean;
  readonly configFile: string | undefined;
}

/** The command line is wrong, or cannot be done; the message says what would be right. */
export class Refused extends Error {}

const REASON_LENGTH_MAX = 500;

export function readArguments(args: readonly string[]): Asked {
  const { values, positionals } = parsed(args);
  return {
    wish: values.help ? { kind: 'help' } : wishOf(values, positionals),
    isJson: values.json,
    configFile: values['config-file'],
  };
}

type Values = ReturnType<typeof parsed>['values'];

function wishOf(values: Values, [verb = 'list', flowId, ...more]: readonly string[]): Wish {
  if (verb === 'list') {
    if (flowId !== undefined) throw new Refused(`list takes no "${flowId}"; see --help`);
    const loadBalancerId = values['load-balancer'] ?? null;
    return { kind: 'list', isFailed: values.failed, loadBalancerId };
  }
  if (verb !== 'show' && verb !== 'retry' && verb !== 'cancel')
    throw new Refused(`"${verb}" is no command; it must be list, show, cancel or retry`);
  if (flowId === undefined || more.length > 0)
    throw new Refused(`${verb} takes one flow id, as list shows them`);
  if (verb !== 'cancel') return { kind: verb, flowId };
  return { kind: verb, flowId, reason: values.reason.slice(0, REASON_LENGTH_MAX) };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        failed: { type: 'boolean', default: false },
        'load-balancer': { type: 'string' },
        reason: { type: 'string', default: 'by an operator' },
        json: { type: 'boolean', default: false },
        'config-file': { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new Refused(`${reason}; --help lists the options`, { cause: error });
  }
}
