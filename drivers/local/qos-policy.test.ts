import { expect, test } from 'vitest';
import { qosPoliciesOf } from './qos-policy.ts';

test('a policy limits one direction or both, with a burst of its own or of four fifths of a second', () => {
  expect(qosPoliciesOf(['slow=egress:8000', 'gold=egress:90000:100+ingress:1'])).toEqual([
    { name: 'slow', rules: [{ direction: 'egress', maxKbps: 8000, maxBurstKbps: 6400 }] },
    {
      name: 'gold',
      rules: [
        { direction: 'egress', maxKbps: 90_000, maxBurstKbps: 100 },
        { direction: 'ingress', maxKbps: 1, maxBurstKbps: 1 },
      ],
    },
  ]);
  expect(qosPoliciesOf([])).toEqual([]);
});

test.each([
  'slow',
  'slow=',
  'Slow=egress:8000',
  'slow=egress',
  'slow=egress:0',
  'slow=egress:-1',
  'slow=egress:1.5',
  'slow=egress:10000001',
  'slow=egress:8000:0',
  'slow=egress:8000:80001',
  'slow=egress:8000:1:1',
  'slow=both:8000',
  'slow=egress:8000+egress:9000',
  'slow=egress:8000+',
  'slow=egress:8000 ingress:8000',
])('%j is refused in its own words, with an example', (text) => {
  expect(() => qosPoliciesOf([text])).toThrow(
    `[local_cloud] qos_policies has "${text}"; it must be name=direction:max_kbps`,
  );
});

test('two policies of one name are refused', () => {
  expect(() => qosPoliciesOf(['a=egress:1', 'b=egress:1', 'a=ingress:1'])).toThrow(
    'qos_policies names a twice',
  );
});
