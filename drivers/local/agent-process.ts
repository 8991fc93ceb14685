import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { open, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DriverFailure } from '#core/domain/errors.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { LocalAmphoraPaths } from './amphora-paths.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { machineNamespaceOf } from './names.ts';
import { hasArrived, namespaceFile, processesOf } from './namespaces.ts';

const TAIL_BYTES = 2000;
const ARRIVAL_LOOKS_MAX = 2000;
const ARRIVAL_LOOK_MS = 2;
const LOG_SIZE_MAX = 4 * 1024 * 1024;

// Set where the namespace has them, then the shell becomes the agent.
const PREPARE = `
for setting in net/ipv4/ip_nonlocal_bind=1 net/ipv6/ip_nonlocal_bind=1 net/core/somaxconn=65534; do
  file=/proc/sys/\${setting%%=*}
  if [ -w "$file" ]; then echo "\${setting#*=}" > "$file"; fi
done
exec "$@"`;

/**
 * Starts the agent in its machine, in a session of its own: it outlives us, as a machine outlives the compute
 * service. It joins only the network namespace, not as `ip netns exec` does it: namespaces that the agent makes must
 * be seen by the host. Of our environment it gets nothing, since passwords may be in there.
 */
export async function startAgent(
  options: LocalCloudOptions,
  amphoraId: string,
  paths: LocalAmphoraPaths,
): Promise<void> {
  const namespace = namespaceFile(machineNamespaceOf(options.namePrefix, amphoraId));
  const command = [...options.agentCommand, '--config-file', paths.agentConfig];
  // Ours, where there is one: what one agent compiled the next one loads.
  const cache = process.env['NODE_COMPILE_CACHE'] ?? join(options.dataDir, 'compile-cache');
  mkdirSync(cache, { recursive: true });
  const log = openSync(paths.agentLog, 'a', 0o600);
  try {
    const child = spawn('nsenter', [`--net=${namespace}`, 'sh', '-c', PREPARE, 'sh', ...command], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: {
        PATH: process.env['PATH'],
        HOME: '/',
        LANG: 'C.UTF-8',
        NODE_COMPILE_CACHE: cache,
      },
    });
    await once(child, 'spawn');
    child.unref();
    await writeFile(paths.agentPid, String(child.pid));
    await arrivalOf(child.pid, machineNamespaceOf(options.namePrefix, amphoraId), options.clock);
  } catch (cause) {
    throw new DriverFailure(`the agent of amphora ${amphoraId} could not be started`, {
      retryable: true,
      cause,
    });
  } finally {
    closeSync(log);
  }
}

/** Before it is in its namespace a process would be overseen by whoever kills all that run there. */
async function arrivalOf(pid: number | undefined, namespace: string, clock: Clock): Promise<void> {
  for (let look = 0; look < ARRIVAL_LOOKS_MAX; look++) {
    if (pid === undefined || hasArrived(pid, namespace)) return;
    await clock.sleep(ARRIVAL_LOOK_MS);
  }
  throw new Error(`process ${pid} did not come to namespace ${namespace}`);
}

/** Whether the agent runs. Its pid is only a hint: we may have died between starting it and writing the pid down. */
export function isAgentAlive(
  options: LocalCloudOptions,
  amphoraId: string,
  paths: LocalAmphoraPaths,
): boolean {
  const namespace = machineNamespaceOf(options.namePrefix, amphoraId);
  if (isAgent(readText(paths.agentPid), paths, namespace)) return true;
  return processesOf(namespace).some((pid) => isAgent(String(pid), paths, namespace));
}

/** The end of what the agent wrote. */
export async function tailOfLog(paths: LocalAmphoraPaths, bytes = TAIL_BYTES): Promise<string> {
  try {
    const log = await open(paths.agentLog);
    try {
      const { size } = await log.stat();
      const length = Math.min(size, bytes);
      const { buffer } = await log.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.toString('utf8').trim();
    } finally {
      await log.close();
    }
  } catch {
    return '';
  }
}

/** Cuts a log that has grown too long: half of it stays, in `agent.log.1`. The agent appends, so it may go on writing. */
export async function boundLog(paths: LocalAmphoraPaths): Promise<void> {
  const size = await stat(paths.agentLog).then(
    (log) => log.size,
    () => 0,
  );
  if (size <= LOG_SIZE_MAX) return;
  const kept = await tailOfLog(paths, LOG_SIZE_MAX / 2);
  await writeFile(`${paths.agentLog}.new`, kept, { mode: 0o600 });
  await rename(`${paths.agentLog}.new`, `${paths.agentLog}.1`);
  const log = await open(paths.agentLog, 'r+');
  try {
    await log.truncate(0);
  } finally {
    await log.close();
  }
}

/** An agent names its configuration file, which no other has; a dead process has no command line any more. */
function isAgent(pid: string, paths: LocalAmphoraPaths, namespace: string): boolean {
  if (!/^\d+$/.test(pid)) return false;
  const commandLine = readText(`/proc/${pid}/cmdline`);
  if (commandLine !== '') return commandLine.split('\0').includes(paths.agentConfig);
  // For a moment while the shell becomes the agent there is no command line either.
  return isRunning(pid) && hasArrived(Number(pid), namespace);
}

function isRunning(pid: string): boolean {
  const state = /^State:\s+(\w)/m.exec(readText(`/proc/${pid}/status`))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
