import { refusing } from './kinds.ts';
import type { Kind } from './table.ts';

const NOT_IPS = ['10.0.0', '10.0.0.09', '10.0.0.256', 'fe80::1%eth0', '10.0.0.0/8', '', 5, []];
export const ip: Kind = {
  accepts: [['10.0.0.9'], ['2001:DB8::1'], ['::ffff:10.0.0.1']],
  refuses: refusing('Value should be IPv4 or IPv6 format', ...NOT_IPS),
};

export const cidr: Kind = {
  accepts: [
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.0.0.7', '10.0.0.7/32'],
  ],
  refuses: refusing(
    'Value should be IPv4 or IPv6 CIDR format',
    '10.0.0.0/33',
    '2001:db8::/129',
    '10.0.0/8',
    'all',
    '',
    5,
  ),
};

export const url: Kind = {
  accepts: [
    ['https://example.org:8443/a?b=c#d'],
    ['http://[2001:db8::1]/'],
    [`http://a/${'x'.repeat(246)}`],
  ],
  refuses: [
    ...refusing(
      'Value must be a valid URL string',
      '',
      'a',
      '/a',
      'ftp://a',
      'http://',
      'http://a b',
      'http://a/\u0085',
      5,
      true,
      [],
    ),
    ...refusing(
      'Value should have a maximum character requirement of 255',
      `http://a/${'x'.repeat(247)}`,
    ),
  ],
};

export const urlPath: Kind = {
  accepts: [['/healthy?a=1#b'], ['/'], [`/${'x'.repeat(2047)}`]],
  refuses: [
    ...refusing(
      'Value must be a valid URL Path string',
      'healthy',
      '',
      '/a b',
      '//a/b',
      'http://a/',
      '/a\n',
      5,
      true,
      [],
    ),
    ...refusing(
      'Value should have a maximum character requirement of 2048',
      `/${'x'.repeat(2048)}`,
    ),
  ],
};
