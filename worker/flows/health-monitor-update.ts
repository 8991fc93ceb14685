import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { guardHealthMonitor } from '../steps/health-monitor.ts';
import { markActive } from '../steps/load-balancer.ts';

export const healthMonitorUpdate = flow('health-monitor-update', [
  guardHealthMonitor,
  pushConfiguration,
  markActive,
]);
