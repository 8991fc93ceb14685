import { expect, test } from 'vitest';
import { ConfigError, loadConfig } from './load.ts';
import {
  choice,
  decimal,
  dictionary,
  flag,
  integer,
  list,
  optionalText,
  port,
  text,
  url,
} from './option.ts';
import { section } from './section.ts';

const sections = {
  kitchen: section(
    'kitchen_stove',
    {
      ovenCount: integer({ name: 'oven_count', default: 1, min: 1, max: 4, help: 'ovens' }),
      heat: decimal({ name: 'heat', default: 0.5, min: 0, help: 'heat' }),
      bindPort: port({ name: 'bind_port', default: 80, help: 'port' }),
      isHot: flag({ name: 'is_hot', default: false, help: 'hot' }),
      fuel: choice({ name: 'fuel', of: ['gas', 'wood'], default: 'gas', help: 'fuel' }),
      pots: list({ name: 'pots', default: ['small'], help: 'pots' }),
      recipes: dictionary({ name: 'recipes', default: {}, help: 'recipes' }),
      cook: optionalText({ name: 'cook', help: 'cook' }),
      label: text({ name: 'label', formerly: 'lable', default: '', help: 'label' }),
      keyLength: integer({ name: 'key_length', default: 8, help: 'length' }),
      store: url({
        name: 'store',
        schemes: ['redis'],
        default: 'redis://a',
        example: 'redis://host:6379/0',
        help: 's',
      }),
    },
    ['gas_meter', { name: 'water_meter', why: 'there is a well' }],
  ),
  vault: section('vault', {
    door: { ...text({ name: 'door', default: '', isSecret: true, help: 'door' }), parse: refuse },
  }),
};
function refuse(): never {
  return integer({ name: 'door', default: 0, help: '' }).parse('x') as never;
}

const load = (body: string, environment: Readonly<Record<string, string>> = {}) =>
  loadConfig(sections, { name: 'test.conf', text: body }, environment);

function problemsOf(
  body: string,
  environment: Readonly<Record<string, string>> = {},
): readonly string[] {
  try {
    load(body, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
const kitchen = (line: string): string => `[kitchen_stove]\n${line}\n`;

test('an empty file gives the defaults', () => {
  expect(load('').config.kitchen).toEqual({
    ovenCount: 1,
    heat: 0.5,
    bindPort: 80,
    isHot: false,
    fuel: 'gas',
    pots: ['small'],
    recipes: {},
    cook: null,
    label: '',
    keyLength: 8,
    store: 'redis://a',
  });
});

test('every kind of value is read', () => {
  const body = `
# a comment
[kitchen_stove]
oven_count = 3
heat: 1.25
bind_port=8080
is_hot = Yes
fuel = wood
pots = small, large,
   huge
recipes = soup: hot: very, stew: slow
cook = "Ada Lovelace"
; another comment
label = first
label = second
store = redis://:x@b:1/0
`;
  expect(load(body).config.kitchen).toEqual({
    ovenCount: 3,
    heat: 1.25,
    bindPort: 8080,
    isHot: true,
    fuel: 'wood',
    pots: ['small', 'large', 'huge'],
    recipes: { soup: 'hot: very', stew: 'slow' },
    cook: 'Ada Lovelace',
    label: 'second',
    keyLength: 8,
    store: 'redis://:x@b:1/0',
  });
});

test.each([
  ['oven_count = 5', '"5"; it must be a whole number of at least 1 and of at most 4'],
  ['oven_count = 0', '"0"; it must be a whole number of at least 1 and of at most 4'],
  ['oven_count = two', '"two"; it must be a whole number of at least 1 and of at most 4'],
  ['oven_count = 1.5', '"1.5"; it must be a whole number of at least 1 and of at most 4'],
  ['oven_count =', '""; it must be a whole number of at least 1 and of at most 4'],
  ['heat = -0.1', '"-0.1"; it must be a number of at least 0'],
  ['heat = 1e3', '"1e3"; it must be a number of at least 0'],
  ['bind_port = 65536', '"65536"; it must be a whole number of at least 0 and of at most 65535'],
  ['is_hot = maybe', '"maybe"; it must be true or false'],
  ['fuel = oil', '"oil"; it must be one of gas, wood'],
  ['recipes = soup', '"soup"; it must be "name: description" pairs, separated by commas'],
  ['key_length = 99999999999999999999', 'must be a whole number'],
  ['store = mysql://b', 'not usable; it must be a URL of the form redis://host:6379/0'],
  ['store = b:6379', 'not usable; it must be a URL of the form redis://host:6379/0'],
])('a bad value is named with its place and what would be right: %s', (line, expected) => {
  const [problem, ...others] = problemsOf(kitchen(line));
  expect(problem).toContain(`test.conf:2: [kitchen_stove] ${line.split(' ')[0]} is `);
  expect(problem).toContain(expected);
  expect(others).toEqual([]);
});

test('all that is wrong is said at once', () => {
  expect(problemsOf(kitchen('oven_count = 9\nfuel = oil\nfule = gas'))).toHaveLength(3);
});

test('an unknown option is answered with the name that was meant', () => {
  expect(problemsOf(kitchen('oven_cuont = 2'))).toEqual([
    'test.conf:2: [kitchen_stove] oven_cuont is unknown; did you mean oven_count?',
  ]);
});

test('an option far from any name is answered with all of them', () => {
  expect(problemsOf(kitchen('dishwasher = 2'))[0]).toMatch(
    /dishwasher is unknown; known are oven_count, heat, bind_port/,
  );
});

test('a section of another program is passed over, one that is ours misspelt is not', () => {
  expect(problemsOf('[garden]\nroses = 3\n')).toEqual([]);
  expect(problemsOf('[kitchen_stoves]\noven_count = 3\n')).toEqual([
    'test.conf:2: [kitchen_stoves] oven_count is in an unknown section; did you mean [kitchen_stove]?',
  ]);
});

test("an option of Octavia's without effect here is a warning", () => {
  expect(load(kitchen('gas_meter = 1\nwater_meter = 2')).warnings).toEqual([
    "test.conf:2: [kitchen_stove] gas_meter is an option of Octavia's that has no effect here",
    "test.conf:3: [kitchen_stove] water_meter is an option of Octavia's that has no effect here: there is a well",
  ]);
});

test('an option may have the name it had in earlier releases', () => {
  expect(load(kitchen('lable = mine')).config.kitchen.label).toBe('mine');
});

test('a line that is neither is named by its number and not shown', () => {
  const problems = problemsOf('[kitchen_stove]\n\nsecret-that-lost-its-name\n');
  expect(problems).toEqual(['test.conf: line 3: neither "[section]" nor "option = value"']);
});

test('the environment overrides the file', () => {
  const { config } = load(kitchen('oven_count = 2'), { OS_KITCHEN_STOVE__OVEN_COUNT: '3' });
  expect(config.kitchen.ovenCount).toBe(3);
});

test('a bad value in the environment is named by its variable', () => {
  expect(problemsOf('', { OS_KITCHEN_STOVE__FUEL: 'oil' })).toEqual([
    'environment OS_KITCHEN_STOVE__FUEL is "oil"; it must be one of gas, wood',
  ]);
});

test('an override of nothing is refused, other variables are not looked at', () => {
  const environment = { OS_AUTH_URL: 'x', OS_GARDEN__ROSES: '3', OS_KITCHEN_STOVE__GAS_METER: '1' };
  expect(load('', environment).warnings).toEqual([
    "environment OS_KITCHEN_STOVE__GAS_METER is an option of Octavia's that has no effect here",
  ]);
  expect(problemsOf('', { OS_KITCHEN_STOVE__FULE: 'gas' })).toEqual([
    'environment OS_KITCHEN_STOVE__FULE is unknown; did you mean FUEL?',
  ]);
});

test('a secret is never shown, wherever it comes from', () => {
  const problems = [
    ...problemsOf('[vault]\ndoor = hunter2\n'),
    ...problemsOf('', { OS_VAULT__DOOR: 'hunter2' }),
    ...problemsOf(kitchen('store = mysql://me:hunter2@b')),
  ];
  expect(problems).toHaveLength(3);
  expect(problems.join()).not.toContain('hunter2');
});

test('nothing of a configuration can be changed', () => {
  const { config } = load('');
  expect(change(config, 'kitchen')).toThrow(TypeError);
  expect(change(config.kitchen, 'fuel')).toThrow(TypeError);
  expect(change(config.kitchen.pots, '0')).toThrow(TypeError);
  expect(change(config.kitchen.recipes, 'soup')).toThrow(TypeError);
});

function change(target: object, key: string): () => void {
  return () => Object.assign(target, { [key]: 'x' });
}
