import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError, type Loaded, loadConfig } from '../config/load.ts';

type SectionsArgument = Parameters<typeof loadConfig>[0];

const CONFIG_FILE = '/etc/octavia/octavia.conf';

/**
 * What every daemon's command line understands: `--config-file FILE` and `--help`. Ends the process with one clear
 * line a problem when the configuration is not usable.
 * @param about one sentence for `--help`
 */
export function readCommandLine<Sections extends SectionsArgument>(
  about: string,
  sections: Sections,
): Loaded<Sections> {
  const { values } = parseArgs({
    options: { 'config-file': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(
      `${about}\n\n  --config-file FILE   configuration (default ${CONFIG_FILE})\n  --help               this text\n\nAny option can be overridden by an environment variable OS_<SECTION>__<OPTION>.\n`,
    );
    process.exit(0);
  }
  try {
    return loadConfig(sections, readSource(values['config-file']), process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

function readSource(file: string | undefined): { name: string; text: string } {
  const name = file ?? CONFIG_FILE;
  try {
    return { name, text: readFileSync(name, 'utf8') };
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isAbsent && file === undefined) return { name, text: '' };
    throw new ConfigError([
      `${name}: cannot be read (${error instanceof Error ? error.message : String(error)}); give an existing file with --config-file`,
    ]);
  }
}
