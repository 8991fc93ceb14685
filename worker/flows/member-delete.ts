import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { guardMember, removeMember } from '../steps/member.ts';
import { unplugUnusedNetworks } from '../steps/member-network.ts';

export const memberDelete = flow('member-delete', [
  guardMember,
  pushConfiguration,
  unplugUnusedNetworks,
  removeMember,
]);
