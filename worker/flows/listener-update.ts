import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { guardListener } from '../steps/listener.ts';
import { markActive } from '../steps/load-balancer.ts';
import { updateVipRules } from '../steps/vip.ts';

export const listenerUpdate = flow('listener-update', [
  guardListener,
  pushConfiguration,
  updateVipRules,
  markActive,
]);
