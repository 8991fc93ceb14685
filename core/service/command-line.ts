import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError, type Loaded, loadConfig } from '../config/load.ts';
import { DriverFailure } from '../domain/errors.ts';

type SectionsArgument = Parameters<typeof loadConfig>[0];

const CONFIG_FILE = '/etc/octavia/octavia.conf';

/**
 * What every daemon's command line understands: `--config-file FILE` and `--help`. Ends the process with one clear
 * line a problem when the configuration is not usable.
 * @param about one sentence for `--help`
 * @param defaultFile read when `--config-file` is not given, if it exists
 * @returns also the name of the file, for those who read it again
 */
export function readCommandLine<Sections extends SectionsArgument>(
  about: string,
  sections: Sections,
  defaultFile: string = CONFIG_FILE,
): Loaded<Sections> & { readonly configFile: string } {
  const values = readArguments();
  if (values.help) {
    process.stdout.write(
      `${about}\n\n  --config-file FILE   configuration (default ${defaultFile})\n  --help               this text\n\nAny option can be overridden by an environment variable OS_<SECTION>__<OPTION>.\n`,
    );
    process.exit(0);
  }
  return orEnd(() => {
    const source = readSource(values.configFile, defaultFile);
    return { ...loadConfig(sections, source, process.env), configFile: source.name };
  });
}

/** Ends the process with one clear line a problem when what the operator wrote, there or elsewhere, is not usable. */
export function orEnd<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof DriverFailure)
      return refuse(error.message);
    throw error;
  }
}

interface Arguments {
  readonly configFile?: string;
  readonly help?: boolean;
}

function readArguments(): Arguments {
  try {
    const { values } = parseArgs({
      options: {
        'config-file': { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const [configFile, ...others] = values['config-file'] ?? [];
    if (others.length > 0) return refuse('--config-file is given twice; one file has it all');
    return { ...values, ...(configFile === undefined ? {} : { configFile }) };
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}\nTry --help.`);
  }
}

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

function readSource(file: string | undefined, defaultFile: string): { name: string; text: string } {
  const name = file ?? defaultFile;
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
