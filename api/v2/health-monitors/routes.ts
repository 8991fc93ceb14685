import { collection, item, type Resource } from '../../http/resource.ts';
import { createHealthMonitor } from './create.ts';
import { deleteHealthMonitor } from './delete.ts';
import { createBody, updateBody } from './schema.ts';
import { listHealthMonitors, showHealthMonitor } from './show.ts';
import { updateHealthMonitor } from './update.ts';

export const healthMonitorResources: readonly Resource[] = [
  collection(
    '/healthmonitors',
    { handle: listHealthMonitors },
    { handle: createHealthMonitor, body: createBody, parameters: [] },
  ),
  item(
    '/healthmonitors/:id',
    { handle: showHealthMonitor },
    { handle: updateHealthMonitor, body: updateBody, parameters: [] },
    { handle: deleteHealthMonitor, parameters: [] },
  ),
];
