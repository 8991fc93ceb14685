import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Wire } from '#core/heartbeat/datagram.ts';
import { asWholeRun } from '../deploy/one-box/whole-run.ts';
import { benchAmphora } from './amphora.ts';
import { API_PARTS, benchApi } from './api.ts';
import { benchFlows } from './flows.ts';
import { benchIngest, PARTS } from './ingest.ts';
import { runMicro } from './micro/run.ts';
import { benchReceive } from './receive.ts';

const THREADS_DEFAULT = Math.min(2, availableParallelism());

const HELP = `Figures of the heartbeat pipeline, the API and the worker. How to read them: bench/README.md

  npm run bench [-- ingest] [option ...]   health-ingest as it is shipped, with real Redis and PostgreSQL
  npm run bench -- receive [--wires W]     ways to take datagrams in: threads and sockets
  npm run bench -- api [operation ...]     the API beside bare servers: ${API_PARTS.join(', ')} (default all)
  npm run bench -- flows                   creates with noop drivers: flows/s, latency, what idling costs
  npm run bench -- amphora                 rendering, the agent, requests through its HAProxy (root)
  npm run bench -- micro [word ...]        each stage alone; those whose file name contains a word

  --fleets N,N        fleets to measure (default 1000,10000,100000); 1000000 takes seven minutes more
  --wires W,W         native, octavia (default both)
  --parts P,P         ${PARTS.join(', ')} (default all)
  --threads N         receiving threads (default as health-ingest has it: ${THREADS_DEFAULT})
  --json FILE         where all figures go (default bench/results/ingest.json, api.json, flows.json)
  --profile FOLDER    api, flows: where the processes leave their CPU profiles
  --help              this text
`;
/** A bench has no order to end in. */
const GRACE_MS = 1000;
const FLEET_MAX = 1_000_000;
const THREADS_MAX = 64;
const WIRES = ['native', 'octavia'] as const;

/** The command line is wrong: one line says how, without a stack. */
class UsageProblem extends Error {}

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  const [what = 'ingest', ...words] = positionals;
  if (values.help) process.stdout.write(HELP);
  else if (what === 'micro') console.table(await runMicro(words));
  else if (what === 'receive') await benchReceive({ wires: wiresOf(values.wires), progress });
  else if (what === 'amphora')
    await benchAmphora({ jsonFile: values.json ?? resultsFile('amphora'), progress });
  else if (what === 'api')
    await benchApi({
      parts: (words.length === 0 ? API_PARTS : words).map((w) => oneOf('api', w, API_PARTS)),
      profileFolder: values.profile,
      jsonFile: values.json ?? resultsFile('api'),
      progress,
    });
  else if (what === 'flows')
    await benchFlows({
      profileFolder: values.profile,
      jsonFile: values.json ?? resultsFile('flows'),
      progress,
    });
  else if (what === 'ingest')
    await benchIngest({
      fleets: values.fleets.split(',').map((size) => numberOf('fleets', size, FLEET_MAX)),
      wires: wiresOf(values.wires),
      parts: values.parts.split(',').map((part) => oneOf('parts', part, PARTS)),
      threads: numberOf('threads', values.threads, THREADS_MAX),
      jsonFile: values.json ?? resultsFile('ingest'),
      progress,
    });
  else
    throw new UsageProblem(
      `"${what}" is no bench; it must be ingest, receive, api, flows, amphora or micro`,
    );
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        fleets: { type: 'string', default: '1000,10000,100000' },
        wires: { type: 'string', default: WIRES.join(',') },
        parts: { type: 'string', default: PARTS.join(',') },
        threads: { type: 'string', default: String(THREADS_DEFAULT) },
        json: { type: 'string' },
        profile: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new UsageProblem(`${reason}; --help lists the options`, { cause: error });
  }
}

function resultsFile(bench: string): string {
  return join(import.meta.dirname, `results/${bench}.json`);
}

function wiresOf(text: string): readonly Wire[] {
  return text.split(',').map((wire) => oneOf('wires', wire, WIRES));
}

function numberOf(option: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new UsageProblem(`--${option} has "${text}"; it must be a whole number from 1 to ${max}`);
}

function oneOf<Choice extends string>(
  option: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new UsageProblem(`--${option} has "${text}"; it must be of ${choices.join(', ')}`);
}

function progress(text: string): void {
  const seconds = Math.round(performance.now() / 1000);
  process.stderr.write(`${String(seconds).padStart(4)} s  ${text}\n`);
}

const work = async (): Promise<number> => main().then(() => 0);
asWholeRun({ graceMs: GRACE_MS }, work).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isOurs = error instanceof UsageProblem || !(error instanceof Error);
    process.stderr.write(`${isOurs ? String(error).replace(/^Error: /, '') : error.stack}\n`);
    process.exit(1);
  },
);
