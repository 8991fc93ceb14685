import { rm } from 'node:fs/promises';
import { run } from './apply/command.ts';
import { within } from './apply/within.ts';
import { childrenOf, isHearing, isRunning, processState } from './process-state.ts';
import { ServiceFailure, type ServiceManager, type Unit } from './service-manager.ts';
import type { StartedUnits } from './started-units.ts';

const START_TIMEOUT_MS = 5000;
const STOP_TIMEOUT_MS = 5000;

/**
 * Runs units where there is no systemd. They are daemons of their own, found again by their pid files, so that the
 * agent may end and come back while they serve.
 */
export function childServices(started: StartedUnits): ServiceManager {
  const manager: ServiceManager = {
    async install() {
      // What was started is what a boot starts: there is nothing to prepare.
    },
    remove: (unit) => started.delete(unit.name),
    async start(unit) {
      await started.add(unit.name);
      if (!(await isRunning(unit))) await launch(unit);
    },
    async stop(unit) {
      await started.delete(unit.name);
      const { pid } = await processState(unit.pidFile);
      if (pid !== null) await end(unit, pid);
    },
    async reload(unit) {
      const { pid } = await processState(unit.pidFile);
      if (pid === null)
        throw new ServiceFailure(unit.name, 'reload', `${unit.name} is not active, cannot reload.`);
      await untilHearing(pid, unit);
      signal(pid, unit.reloadSignal);
    },
    async restart(unit) {
      await manager.stop(unit);
      await manager.start(unit);
    },
  };
  return manager;
}

async function launch(unit: Unit): Promise<void> {
  for (const pidFile of [unit.pidFile, ...unit.childPidFiles]) await endLeftOver(unit, pidFile);
  const result = await run(unit.start);
  if (result.status !== 0) throw new ServiceFailure(unit.name, 'start', result.output);
  if (await within(START_TIMEOUT_MS, () => isRunning(unit))) return;
  const what = `${result.output}\nno living process in ${unit.pidFile}`;
  throw new ServiceFailure(unit.name, 'start', what);
}

/**
 * A keepalived does not start beside a child of one that was killed, nor while the number in a pid file is anybody's.
 */
async function endLeftOver(unit: Unit, pidFile: string): Promise<void> {
  const { pid } = await processState(pidFile);
  if (pid !== null) {
    signal(pid, 'SIGTERM');
    await untilGone(unit, { pidFile }, pid, [pid]);
  }
  await rm(pidFile, { force: true });
}

/** A HAProxy that is starting or reloading loses the signal. keepalived takes its own as they come. */
async function untilHearing(pid: number, { reloadSignal }: Unit): Promise<void> {
  if (reloadSignal === 'SIGUSR2')
    await within(START_TIMEOUT_MS, () => isHearing(pid, reloadSignal));
}

/** As systemd's kill mode `mixed`: the main process is asked, all of them are made to. */
async function end(unit: Unit, pid: number): Promise<void> {
  const family = [pid, ...(await childrenOf(pid))];
  signal(pid, 'SIGTERM');
  await untilGone(unit, unit, pid, family);
  await rm(unit.pidFile, { force: true });
}

async function untilGone(
  { name }: Unit,
  pidFile: Pick<Unit, 'pidFile'>,
  pid: number,
  family: readonly number[],
): Promise<void> {
  const isGone = async (): Promise<boolean> => !(await isRunning(pidFile));
  if (!(await within(STOP_TIMEOUT_MS, isGone))) for (const each of family) signal(each, 'SIGKILL');
  if (!(await within(STOP_TIMEOUT_MS, isGone)))
    throw new ServiceFailure(name, 'stop', `process ${pid} does not end`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself meanwhile.
  }
}
