import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { guardL7Rule } from '../steps/l7-rule.ts';
import { markActive } from '../steps/load-balancer.ts';

export const l7RuleCreate = flow('l7-rule-create', [guardL7Rule, pushConfiguration, markActive]);
