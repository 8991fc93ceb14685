import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { guardL7Rule, removeL7Rule } from '../steps/l7-rule.ts';

export const l7RuleDelete = flow('l7-rule-delete', [guardL7Rule, pushConfiguration, removeL7Rule]);
