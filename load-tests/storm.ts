import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { asWholeRun } from '../deploy/one-box/whole-run.ts';
import { StormProblem, storm } from './storm/storm.ts';

const HELP = `A storm over the one-box cloud: load balancers made all at once, many of their amphorae killed at once while the
worker is killed again and again, then all deleted. Needs root, and some 120 MB of memory a load balancer.

  npm run storm [-- option ...]

  --load-balancers N   made at once (default 100)
  --killed N           of whose amphorae so many die at once (default 30)
  --worker-kills S     seconds that a worker lives while all heals, then SIGKILL; 0: it stays (default 5)
  --active-within S    seconds in which all must be ACTIVE (default 60)
  --healed-within S    seconds in which all must have healed (default 300)
  --data-dir DIR       where its files, logs too, stay when it is over (default nowhere)
  --help               this text

Ends with a verdict in figures, and with 1 when one of them is not as it should be.
`;

/** An interrupted storm takes its cloud down in order, however many load balancers there are. */
const GRACE_MS = 90_000;

function numberOf(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new StormProblem(`--${name} is "${text}"; it must be a whole number from ${min} to ${max}`);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        'load-balancers': { type: 'string', default: '100' },
        killed: { type: 'string', default: '30' },
        'worker-kills': { type: 'string', default: '5' },
        'active-within': { type: 'string', default: '60' },
        'healed-within': { type: 'string', default: '300' },
        'data-dir': { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new StormProblem(`${reason}; --help lists the options`, { cause: error });
  }
}

async function main(): Promise<boolean> {
  const values = readArguments();
  if (values.help) {
    process.stdout.write(HELP);
    return true;
  }
  if (process.getuid?.() !== 0) throw new StormProblem('network namespaces need root');
  const count = numberOf('load-balancers', values['load-balancers'], 1, 1000);
  const dataDir = values['data-dir'];
  return storm({
    count,
    dataDir: dataDir === undefined ? null : resolve(dataDir),
    killed: numberOf('killed', values.killed, 0, count),
    workerKillsSeconds: numberOf('worker-kills', values['worker-kills'], 0, 3600),
    activeWithinSeconds: numberOf('active-within', values['active-within'], 1, 3600),
    healedWithinSeconds: numberOf('healed-within', values['healed-within'], 1, 3600),
  });
}

const work = async (): Promise<number> => ((await main()) ? 0 : 1);
asWholeRun({ graceMs: GRACE_MS }, work).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isOurs = error instanceof StormProblem || !(error instanceof Error);
    process.stderr.write(`${isOurs ? String(error).replace(/^Error: /, '') : error.stack}\n`);
    process.exit(1);
  },
);
