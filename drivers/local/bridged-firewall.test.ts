import { expect, test } from 'vitest';
import { forwardProblem } from './bridged-firewall.ts';

const chain = (policy: string, rule = ''): string => `table ip filter {
	chain FORWARD {
		type filter hook forward priority filter; policy ${policy};
		${rule}
	}
}`;

test('a firewall that drops what is forwarded is told of, with the command that lets it through', () => {
  expect(forwardProblem(chain('drop'), 'oct')).toContain('iptables -I FORWARD -i oct-b+ -o oct-b+');
});

test('a host without a firewall, an open one, and one that was told to let it through are fine', () => {
  const told = 'iifname "oct-b*" oifname "oct-b*" counter packets 0 bytes 0 accept';
  for (const fine of ['', chain('accept'), chain('drop', told)])
    expect(forwardProblem(fine, 'oct')).toBeNull();
});

test('what another cloud was allowed does not help this one', () => {
  const told = 'iifname "abc-b*" oifname "abc-b*" counter packets 0 bytes 0 accept';
  expect(forwardProblem(chain('drop', told), 'oct')).not.toBeNull();
});
