import { expect, test } from 'vitest';
import { blamedListeners } from './refusal.ts';
import { renderHaproxy } from './render.ts';
import { readGoldenCase } from './testing/golden-case.ts';

const { tree, context } = readGoldenCase('36-l7-rule-types');
const config = renderHaproxy(tree, context);
const [listener] = tree.listeners;
const policy = listener?.l7Policies[0];

function lineOf(text: string): number {
  return config.split('\n').findIndex((line) => line.includes(text)) + 1;
}

function blame(words: string) {
  return blamedListeners(config, words, tree.listeners);
}

test('a line in a listener’s section is the listener’s, and a rule’s line its policy’s', () => {
  const line = lineOf(`acl ${policy?.rules[0]?.id}`);
  const words = `[NOTICE]   (7) : haproxy version is 2.6.12
[ALERT]    (7) : config : parsing [/x/haproxy.cfg.new:${line}] : error detected while parsing an ACL
[ALERT]    (7) : config : Fatal errors found in configuration.`;
  expect(blame(words)).toEqual([
    {
      listenerId: listener?.id,
      l7PolicyId: policy?.id,
      words: `config : parsing [/x/haproxy.cfg.new:${line}] : error detected while parsing an ACL`,
    },
  ]);
});

test('a pool’s section is of the listener that it is for, also by name', () => {
  const line = lineOf('backend ');
  const byPlace = `[ALERT] (7) : config : tries to use incompatible tcp backend (/x/haproxy.cfg.new:${line}) in a rule`;
  const byName = `[ALERT] (7) : config : Proxy '${listener?.id}': unable to find required default_backend`;
  const expected = [{ listenerId: listener?.id, l7PolicyId: null, words: expect.any(String) }];
  expect(line).toBeGreaterThan(0);
  expect(blame(byPlace)).toEqual(expected);
  expect(blame(byName)).toEqual(expected);
  expect(blame(`${byPlace}\n${byName}`)).toHaveLength(1);
});

test('what all listeners have in common is nobody’s, and warnings blame nobody', () => {
  const ofAll = `[ALERT] (7) : config : parsing [/x/haproxy.cfg.new:${lineOf('maxconn')}] : not a number`;
  const warning = `[WARNING] (7) : config : parsing [/x/haproxy.cfg.new:${lineOf('frontend')}] : odd`;
  expect(blame(ofAll)).toEqual([]);
  expect(blame(warning)).toEqual([]);
});
