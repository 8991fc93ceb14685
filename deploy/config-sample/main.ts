import { parseArgs } from 'node:util';
import * as sections from '#core/config/sections.ts';
import { renderSample } from './sample.ts';

const HELP = `Prints a configuration with every option of every daemon: what it decides, what it may be, its default.

  npm run -s config-sample > octavia.conf
  --help   this text
`;

const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
process.stdout.write(values.help ? HELP : renderSample(Object.values(sections)));
