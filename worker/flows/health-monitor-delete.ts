import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { guardHealthMonitor, removeHealthMonitor } from '../steps/health-monitor.ts';

export const healthMonitorDelete = flow('health-monitor-delete', [
  guardHealthMonitor,
  pushConfiguration,
  removeHealthMonitor,
]);
