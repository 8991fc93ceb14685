import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { guardL7Policy, removeL7Policy } from '../steps/l7-policy.ts';

export const l7PolicyDelete = flow('l7-policy-delete', [
  guardL7Policy,
  pushConfiguration,
  removeL7Policy,
]);
