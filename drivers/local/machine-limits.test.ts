import { expect, test } from 'vitest';
import { DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import { unmetWishes } from './machine-limits.ts';
import { localNetworkId } from './names.ts';

const own = localNetworkId('oct', 'lb-mgmt-net');

test('what machines of one box cannot have is said by the name of its option', () => {
  const wished = { ...DEFAULT_MACHINE, sshKeyName: 'ops', securityGroups: ['lb-mgmt-sec-grp'] };
  expect(unmetWishes('oct', { ...wished, managementNetworkIds: [own] })).toEqual([
    expect.stringMatching(/amp_ssh_key_name has no effect with compute_local_driver: .*\bops\b/),
    expect.stringMatching(/amp_secgroup_list has no effect .*lb-mgmt-sec-grp/),
  ]);
  expect(unmetWishes('oct', DEFAULT_MACHINE)).toEqual([]);
});

test('networks by which no agent would be reached are refused', () => {
  const managementNetworkIds = [own, 'another'];
  expect(() => unmetWishes('oct', { ...DEFAULT_MACHINE, managementNetworkIds })).toThrow(
    `cannot be managed by network another: controllers of the one-box cloud reach lb-mgmt-net (${own}) only`,
  );
});
