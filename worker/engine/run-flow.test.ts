import { expect, test } from 'vitest';
import { DriverFailure } from '#core/domain/errors.ts';
import { classify } from '../steps/patience.ts';
import { impatientClock, silentLogger } from '../testing/noop-world.ts';
import type { AnyStep, Step } from './flow.ts';
import { HungCalls } from './hung-calls.ts';
import { namesOf, type Outcome, type Past, pastOf } from './past.ts';
import { type Durably, FlowFailed, type FlowRun, runFlow } from './run-flow.ts';

/** What the steps did, in order. */
type Diary = string[];

const noting = (name: string, gives: object = {}): Step<object, object, Diary> => ({
  name,
  async run(_state, diary) {
    diary.push(name);
    return gives;
  },
  async undo(_state, diary) {
    diary.push(`undo ${name}`);
  },
});

const failing = (name: string, error: Error): Step<object, object, Diary> => ({
  ...noting(name),
  async run(_state, diary) {
    diary.push(name);
    throw error;
  },
});

interface Checkpoints {
  readonly durably: Durably;
  readonly done: Map<string, Outcome>;
  /** As the next worker finds it. */
  readonly past: () => Past;
}

/** A record of what was done, as the engine keeps it. */
function checkpoints(): Checkpoints {
  const done = new Map<string, Outcome>();
  const durably: Durably = async (step, body) => {
    const known = namesOf(step).find((name) => done.has(name));
    if (known !== undefined) return done.get(known) as Outcome;
    const outcome = JSON.parse(JSON.stringify(await body())) as Outcome;
    done.set(step.name, outcome);
    return outcome;
  };
  return { durably, done, past: () => pastOf(new Map(done)) };
}

const killedAt =
  (name: string, durably: Durably): Durably =>
  async (step, body) => {
    if (step.name === name) throw new Error('killed');
    return durably(step, body);
  };

async function run(
  steps: readonly AnyStep<Diary>[],
  diary: Diary,
  durably: Durably = (_name, body) => body(),
  more: Partial<FlowRun<Diary>> = {},
): Promise<void> {
  await runFlow(
    { name: 'a-flow', steps },
    { id: 'x' },
    {
      durably,
      world: diary,
      classify,
      clock: impatientClock,
      logger: silentLogger,
      observer: { stepEnded: () => {} },
      hungCalls: new HungCalls({ clock: impatientClock }),
      ...more,
    },
  );
}

test('each step finds the input and what the steps before it gave', async () => {
  const seen: object[] = [];
  const look: Step<object, object, Diary> = {
    name: 'look',
    async run(state) {
      seen.push(state);
      return {};
    },
  };
  await run([noting('one', { a: 1 }), noting('two', { b: 2 }), look], []);
  expect(seen).toEqual([{ id: 'x', a: 1, b: 2 }]);
});

test('undos run in reverse order, that of the failed step first', async () => {
  const diary: Diary = [];
  const broken = failing('three', new Error('broken'));
  const flow = run([noting('one'), noting('two'), broken, noting('four')], diary);
  await expect(flow).rejects.toThrow('a-flow failed at three: broken');
  expect(diary).toEqual(['one', 'two', 'three', 'undo three', 'undo two', 'undo one']);
});

test('an undo that keeps failing stops no other undo', async () => {
  const diary: Diary = [];
  const stubborn: Step<object, object, Diary> = {
    ...noting('two'),
    async undo() {
      throw new Error('cannot');
    },
  };
  const flow = run([noting('one'), stubborn, failing('three', new Error('broken'))], diary);
  await expect(flow).rejects.toBeInstanceOf(FlowFailed);
  expect(diary).toEqual(['one', 'two', 'three', 'undo three', 'undo one']);
});

const losesOwnershipAtTwo: Durably = async ({ name }, body) => {
  const outcome = await body();
  if (name === 'two') throw new Error('another executor owns the flow');
  return outcome;
};

test('what the engine throws ends the flow at once, without undos', async () => {
  const diary: Diary = [];
  const flow = run([noting('one'), noting('two'), noting('three')], diary, losesOwnershipAtTwo);
  await expect(flow).rejects.toThrow('another executor owns the flow');
  expect(diary).toEqual(['one', 'two']);
});

test('a flow taken over in the middle of its undos goes on with the undo that was cut off', async () => {
  const diary: Diary = [];
  const { durably, past } = checkpoints();
  const steps = [noting('one'), noting('two'), failing('three', new Error('broken'))];
  await expect(run(steps, diary, killedAt('undo two', durably))).rejects.toThrow('killed');
  const again = run(steps, diary, durably, { past: past() });
  await expect(again).rejects.toBeInstanceOf(FlowFailed);
  expect(diary).toEqual(['one', 'two', 'three', 'undo three', 'undo two', 'undo one']);
});

test('a flow that another release began goes on with the steps of this one, and runs none twice', async () => {
  const diary: Diary = [];
  const { durably, past } = checkpoints();
  const older = [
    noting('one', { a: 1 }),
    noting('dropped'),
    noting('old two', { b: 2 }),
    noting('end'),
  ];
  await expect(run(older, diary, killedAt('end', durably))).rejects.toThrow('killed');
  const seen: object[] = [];
  const end: Step<object, object, Diary> = {
    ...noting('end'),
    async run(state, entries) {
      seen.push(state);
      return noting('end').run({}, entries);
    },
  };
  const two = { ...noting('two'), formerly: ['old two'] };
  const newer = [noting('one'), noting('added', { c: 3 }), two, end];
  await run(newer, diary, durably, { past: past() });
  expect(diary).toEqual(['one', 'dropped', 'old two', 'added', 'end']);
  expect(seen).toEqual([{ id: 'x', a: 1, b: 2, c: 3 }]);
});

test('a flow that failed under another release is undone, and no step that came since is begun', async () => {
  const diary: Diary = [];
  const { durably, past } = checkpoints();
  const older = [noting('one'), noting('old two'), failing('dropped', new Error('broken'))];
  await expect(run(older, diary, killedAt('undo dropped', durably))).rejects.toThrow('killed');
  const two = { ...noting('two'), formerly: ['old two'] };
  const newer = [noting('one'), noting('added'), two, noting('end')];
  const flow = run(newer, diary, durably, { past: past() });
  await expect(flow).rejects.toThrow('a-flow failed at dropped: broken');
  expect(diary).toEqual(['one', 'old two', 'dropped', 'undo two', 'undo one']);
});

async function attempts(isRetryable: boolean): Promise<number> {
  const diary: Diary = [];
  const step = failing('once', new DriverFailure('busy', { retryable: isRetryable }));
  await run([{ ...step, retry: () => ({ attemptsMax: 4, intervalMs: 1 }) }], diary).catch(() => {});
  return diary.filter((entry) => entry === 'once').length;
}

test('a retryable failure is tried again, a permanent one is not', async () => {
  expect([await attempts(true), await attempts(false)]).toEqual([4, 1]);
});

test('a database that is away costs a step none of its own attempts', async () => {
  let calls = 0;
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const step: Step<object, object, Diary> = {
    name: 'stores',
    async run() {
      calls += 1;
      if (calls < 20) throw away;
      return {};
    },
  };
  await run([step], []);
  expect(calls).toBe(20);
});

test('a step that hangs is given up after its time, and undone', async () => {
  const diary: Diary = [];
  const hangs: Step<object, object, Diary> = {
    ...noting('hangs'),
    timeoutMs: 20,
    run: () => new Promise(() => {}),
  };
  await expect(run([hangs], diary)).rejects.toThrow('not done within 20 ms');
  expect(diary).toEqual(['undo hangs']);
});

test('a flow that is to stop fails at the step under way, begins none after it, and undoes what it did', async () => {
  const diary: Diary = [];
  const stop = new AbortController();
  const stops: Step<object, object, Diary> = {
    ...noting('two'),
    async run() {
      stop.abort(new Error('cancelled: by an operator'));
      return new Promise(() => {});
    },
  };
  const flow = run([noting('one'), stops, noting('three')], diary, undefined, {
    stop: stop.signal,
  });
  await expect(flow).rejects.toThrow('a-flow failed at two: cancelled: by an operator');
  expect(diary).toEqual(['one', 'undo two', 'undo one']);
});

test('tries that failed together come again at different moments, and each is told of', async () => {
  const waits: number[] = [];
  const told: unknown[] = [];
  const clock = { ...impatientClock, sleep: async (ms: number) => void waits.push(ms) };
  const busy = failing('busy', new DriverFailure('busy', { retryable: true }));
  const patient = { ...busy, retry: () => ({ attemptsMax: 5, intervalMs: 100 }) };
  await run([patient], [], undefined, {
    clock,
    troubled: (...trouble) => told.push(trouble),
  }).catch(() => {});
  expect(new Set(waits).size).toBeGreaterThan(1);
  expect(waits.every((ms) => ms >= 75 && ms <= 125)).toBe(true);
  expect(told[0]).toEqual(['busy', 1, 'busy']);
});

test('calls that hang when their steps are given up are counted, named, and bounded', async () => {
  const hungCalls = new HungCalls({ clock: impatientClock, hungMax: 2 });
  const comeBack: (() => void)[] = [];
  const lines: unknown[] = [];
  const logger = {
    ...silentLogger,
    child: (fields: object) => ({ ...silentLogger, warn: note(fields) }),
  };
  const note = (fields: object) => (more: object) => lines.push({ ...fields, ...more });
  const hangs = (name: string): Step<object, object, Diary> => ({
    name,
    timeoutMs: 20,
    run: (_state, diary) => {
      diary.push(name);
      return new Promise((resolve) => comeBack.push(() => resolve({})));
    },
  });
  const diary: Diary = [];
  const hang = (name: string) => run([hangs(name)], diary, undefined, { hungCalls, logger });
  await expect(hang('one')).rejects.toThrow('not done within 20 ms');
  await expect(hang('two')).rejects.toThrow('not done within 20 ms');
  expect(lines).toContainEqual({ step: 'two', hung_calls: 2 });
  expect(hungCalls.problem).toContain('2 calls hang');

  await expect(hang('three')).rejects.toThrow('not done within 20 ms');
  expect([hungCalls.count, diary]).toEqual([2, ['one', 'two']]);

  comeBack[0]?.();
  await run([noting('four')], diary, undefined, { hungCalls });
  expect([hungCalls.count, hungCalls.problem, diary.at(-1)]).toEqual([1, null, 'four']);
});
