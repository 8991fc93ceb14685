import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { markActive } from '../steps/load-balancer.ts';
import { guardMember } from '../steps/member.ts';

export const memberUpdate = flow('member-update', [guardMember, pushConfiguration, markActive]);
