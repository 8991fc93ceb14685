import { expect, test } from 'vitest';
import { url, urlPath } from './address.ts';
import type { FieldType } from './field.ts';

const AT = { argument: 'x_', path: ['x', 'target'], body: {} };
const takes = (type: FieldType<string>, value: unknown): boolean => {
  try {
    return type.parse(value, AT) === value;
  } catch (error) {
    expect(String(error)).toContain('Invalid input for field/attribute target.');
    return false;
  }
};

test('a URL is http or https, with a host and without control characters or blanks', () => {
  for (const good of ['http://a', 'https://a.example:8443/p?q=1#f', 'HTTP://[::1]/'])
    expect(takes(url(255), good), good).toBe(true);
  for (const bad of [
    '',
    'a',
    'ftp://a',
    'http://',
    'http:///p',
    'http://a b',
    'http://a\u0001',
    'http://a\u0085',
    'http://a/\u00a0',
    `http://a/${'x'.repeat(247)}`,
    5,
  ])
    expect(takes(url(255), bad), String(bad)).toBe(false);
});

test('a URL path begins with one slash, and has no scheme and no blanks', () => {
  for (const good of ['/', '/a/b?c=d#e', '/%20'])
    expect(takes(urlPath(2048), good), good).toBe(true);
  for (const bad of [
    '',
    'a',
    '//host/a',
    'http://a/',
    '/a b',
    '/\u0007',
    `/${'x'.repeat(2048)}`,
    null,
  ])
    expect(takes(urlPath(2048), bad), String(bad)).toBe(false);
});
