import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { markActive } from '../steps/load-balancer.ts';
import { guardMember } from '../steps/member.ts';
import { findMissingNetworks, plugMemberNetworks } from '../steps/member-network.ts';

export const memberCreate = flow('member-create', [
  guardMember,
  findMissingNetworks,
  plugMemberNetworks,
  pushConfiguration,
  markActive,
]);
