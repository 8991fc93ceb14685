import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { guardMembers, removeUnlistedMembers } from '../steps/member.ts';
import {
  findMissingNetworks,
  plugMemberNetworks,
  unplugUnusedNetworks,
} from '../steps/member-network.ts';

/** A batch may move a member to another subnet, so networks come and go in the same flow. */
export const memberBatchUpdate = flow('member-batch-update', [
  guardMembers,
  findMissingNetworks,
  plugMemberNetworks,
  pushConfiguration,
  unplugUnusedNetworks,
  removeUnlistedMembers,
]);
