import { join } from 'node:path';
import { endOf, spawnChild } from './child-process.ts';
import { StartProblem } from './start-problem.ts';

const START = join(import.meta.dirname, '../../amphora-agent/start');

/**
 * Has the amphora agent compiled before the first machine is made. Machines that boot together on an empty cache would
 * each compile all of it, which takes more than everything else that they do until they serve.
 * @param cache the folder that agents will load it from
 */
export async function compileAgent(cache: string): Promise<void> {
  const words: string[] = [];
  const child = spawnChild([START, process.execPath, '--help'], {
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: cache },
    onOutput: (line) => words.push(line),
  });
  const how = await endOf(child);
  if (how === 'exit code 0') return;
  throw new StartProblem(
    `the amphora agent does not even tell how it is used (${how}): ${words.join(' ')}`,
  );
}
