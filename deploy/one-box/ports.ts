import { createServer } from 'node:net';
import { DAEMONS } from './daemons.ts';
import type { OneBoxOptions } from './options.ts';
import { reasonOf, StartProblem } from './start-problem.ts';

/** @throws StartProblem naming the first port that is taken, and the option by which to choose another */
export async function assertPortsFree(options: OneBoxOptions): Promise<void> {
  await assertFree(options.apiHost, options.apiPort, 'the API', '--api-port');
  await assertFree('127.0.0.1', options.postgresPort, 'PostgreSQL', '--postgres-port');
  await assertFree('127.0.0.1', options.redisPort, 'Redis', '--redis-port');
  for (const { folder, portOffset } of DAEMONS) {
    const port = options.telemetryPort + portOffset;
    await assertFree('127.0.0.1', port, `metrics of ${folder}`, '--telemetry-port');
  }
}

async function assertFree(host: string, port: number, what: string, option: string): Promise<void> {
  try {
    await bindOnce(host, port);
  } catch (error) {
    throw new StartProblem(
      `port ${port} on ${host}, for ${what}, cannot be had (${reasonOf(error)}); free it or choose another with ${option}`,
      { cause: error },
    );
  }
}

async function bindOnce(host: string, port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
