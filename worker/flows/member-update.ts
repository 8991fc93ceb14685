import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { markActive } from '../steps/load-balancer.ts';
import { guardMember } from '../steps/member.ts';
import { findMissingNetworks, plugMemberNetworks } from '../steps/member-network.ts';

/** The member's creation may have failed before its network was there: then this mends it. */
export const memberUpdate = flow('member-update', [
  guardMember,
  findMissingNetworks,
  plugMemberNetworks,
  pushConfiguration,
  markActive,
]);
