import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '#core/ports/logger.ts';
import { writeOnce } from './apply/atomic-file.ts';
import { run } from './apply/command.ts';
import { ServiceFailure, type ServiceManager, type Unit } from './service-manager.ts';

export interface SystemdOptions {
  readonly unitDir: string;
  /** The unit that makes the namespace at boot: name and text. */
  readonly namespaceUnit: { readonly name: string; readonly unitFile: string };
  readonly logger: Logger;
}

const UNIT_MODE = 0o644;
const TIMEOUT_MS = 90_000;
/** Another start or stop of the same unit is under way: it will lead to the same end. */
const JOB_RUNNING = /Job is already running/;

/** Units are systemd's; it starts them at boot and restarts what dies. */
export function systemdServices(options: SystemdOptions): ServiceManager {
  const fileOf = (name: string): string => join(options.unitDir, `${name}.service`);

  return {
    async install(unit) {
      const { namespaceUnit, logger } = options;
      await writeOnce(fileOf(namespaceUnit.name), namespaceUnit.unitFile, UNIT_MODE);
      await systemctl('enable', namespaceUnit.name).catch((error: unknown) =>
        logger.warn(
          { error },
          'the namespace will not be made at boot; the agent makes it when it starts',
        ),
      );
      await writeOnce(fileOf(unit.name), unit.unitFile, UNIT_MODE);
      await systemctl('enable', unit.name);
    },
    async remove(unit: Unit) {
      await systemctl('disable', unit.name);
      await rm(fileOf(unit.name), { force: true });
    },
    start: (unit) => systemctl('start', unit.name),
    stop: (unit) => systemctl('stop', unit.name),
    reload: (unit) => systemctl('reload', unit.name),
    restart: (unit) => systemctl('restart', unit.name),
  };
}

async function systemctl(action: string, name: string): Promise<void> {
  const result = await run(['systemctl', action, `${name}.service`], { timeoutMs: TIMEOUT_MS });
  if (result.status !== 0 && !JOB_RUNNING.test(result.output))
    throw new ServiceFailure(name, action, result.output);
}
