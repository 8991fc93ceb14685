import { healthMonitors } from '#core/db/repositories/health-monitor.ts';
import { releaseQuota } from '#core/db/repositories/quota.ts';
import { transaction } from '#core/db/transaction.ts';
import { OperatingStatus } from '#core/domain/status.ts';
import type { Step } from '../flow.ts';
import { guardChild } from './child.ts';
import type { OfPool } from './pool.ts';
import { settle } from './statuses.ts';

export interface OfHealthMonitor extends OfPool {
  readonly healthMonitorId: string;
}

export const guardHealthMonitor = guardChild<OfHealthMonitor>(
  'health_monitor',
  (state) => state.healthMonitorId,
);

/** Without a monitor nobody knows how the members are. */
export const removeHealthMonitor: Step<OfHealthMonitor> = {
  name: 'remove-health-monitor',
  async run({ loadBalancerId, poolId, healthMonitorId }, { database }) {
    await transaction(database, async (tx) => {
      const monitor = await healthMonitors.hold(tx, healthMonitorId, 'update');
      if (monitor !== null) {
        await healthMonitors.delete(tx, healthMonitorId);
        await tx.query('update member set operating_status = $2 where pool_id = $1', [
          poolId,
          OperatingStatus.NoMonitor,
        ]);
        await releaseQuota(tx, monitor.projectId, 'healthMonitor', 1);
      }
      await settle(tx, loadBalancerId);
    });
    return {};
  },
};
