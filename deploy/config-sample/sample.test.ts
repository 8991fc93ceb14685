import { expect, test } from 'vitest';
import { loadConfig } from '#core/config/load.ts';
import * as sections from '#core/config/sections.ts';
import { renderSample } from './sample.ts';

const sample = renderSample(Object.values(sections));
const load = (text: string) => loadConfig(sections, { name: 'sample', text }, {}).config;

test('the sample as it is printed changes nothing', () => {
  expect(load(sample)).toEqual(load(''));
});

test('every line of the sample, put in force, is the default', () => {
  expect(load(sample.replaceAll(/^#(?=[a-z])/gm, ''))).toEqual(load(''));
});

test('each option is explained, with what it may be', () => {
  expect(sample).toContain(
    '# UDP port heartbeats arrive at\n# (a whole number of at least 0 and of at most 65535)\n#bind_port = 5555\n',
  );
});
