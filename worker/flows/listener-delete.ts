import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { guardListener, removeListener } from '../steps/listener.ts';
import { updateVipRules } from '../steps/vip.ts';

export const listenerDelete = flow('listener-delete', [
  guardListener,
  pushConfiguration,
  updateVipRules,
  removeListener,
]);
