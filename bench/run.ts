import { parseArgs } from 'node:util';
import { runMicro } from './micro/run.ts';

const HELP = `Figures of the heartbeat pipeline. How to read them: bench/README.md

  npm run bench [-- ingest] [option ...]   health-ingest as it is shipped, with real Redis and PostgreSQL
  npm run bench -- receive                 ways to take datagrams in: threads and sockets
  npm run bench -- micro [word ...]        each stage alone; those whose file name contains a word

  --help   this text
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  const [what = 'ingest', ...words] = positionals;
  if (values.help) process.stdout.write(HELP);
  else if (what === 'micro') console.table(await runMicro(words));
  else throw new Error(`"${what}" is no bench; it must be ingest, receive or micro`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
