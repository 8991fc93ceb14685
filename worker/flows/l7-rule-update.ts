import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { guardL7Rule } from '../steps/l7-rule.ts';
import { markActive } from '../steps/load-balancer.ts';

export const l7RuleUpdate = flow('l7-rule-update', [guardL7Rule, pushConfiguration, markActive]);
