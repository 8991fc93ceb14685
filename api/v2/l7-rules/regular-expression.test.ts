import { expect, test } from 'vitest';
import { regexProblem } from './regular-expression.ts';

test.each([
  'abc',
  '^/(img|css)/.*\\.(png|css)$',
  '(?i)^www\\.',
  '(?i:www)\\.example',
  '(?-i)x',
  '(?P<host>[a-z]+)\\.(?P=host)',
  "(?'n'a)\\k<n>",
  '(?<n>a)\\k<n>',
  'a++b*+c?+d{2}+',
  '(?>a|b)c',
  '(?|(a)|(b))',
  '(a)?(?(1)b|c)',
  '(?#a comment (with brackets)x',
  '(*UTF8)é',
  '\\(\\[\\Q([{\\E',
  '[[:alpha:]]+',
  '[]a]',
  '[^]a]',
  '[(]',
  '(?=a)(?!b)(?<=c)(?<!d)',
  '(a)(b)\\2',
  '\\Aabc\\Z',
  'a{,5}',
  '{',
  ']',
  'a|',
  '(a(?R)?b)',
  String.raw`^\d{1,3}(\.\d{1,3}){3}$`,
])('%s can be compiled by the proxy or by Python', (expression) => {
  expect(regexProblem(expression)).toBeNull();
});

test.each([
  '(',
  '[',
  'a)',
  '[]',
  '*a',
  '+',
  '?x',
  'a**',
  'a{2,1}',
  '[z-a]',
  '\\',
  '(?<n>a)(?<n>b)',
  '(?<',
  '(?P<n>a',
  '(?i',
  '(a)\\2',
  '\\1',
  '(?:a)\\1',
  '[a',
  '(?<=',
  '(?P=n)',
  '\\k<n>',
  '(?P<m>a)(?&n)',
  '(?1)',
  '(?i)*',
  '\\A+',
  'x(?',
])('%s cannot be compiled, and the reason is one line', (expression) => {
  expect(regexProblem(expression)).toMatch(/^[^\n]+$/);
});

test('whatever the text, the answer comes', () => {
  for (const nested of ['('.repeat(255), '(?:'.repeat(85), '[[:'.repeat(85), '\\Q'.repeat(127)])
    expect(() => regexProblem(nested)).not.toThrow();
  expect(regexProblem(`${'((a{99}){99}'.repeat(1)}){99}`)).toBeNull();
});
