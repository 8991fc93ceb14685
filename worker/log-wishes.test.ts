import { expect, test } from 'vitest';
import { unmetLogWishes } from './log-wishes.ts';

const plain = {
  isEverythingForwarded: false,
  isLocalStorageDisabled: false,
  adminLogTargets: ['192.0.2.7:514'],
  accessLogBytesMax: 0,
};
const everything = { ...plain, isEverythingForwarded: true };

test('log options that have their effect are not mentioned', () => {
  expect(unmetLogWishes(plain, false)).toEqual([]);
  expect(unmetLogWishes({ ...everything, isLocalStorageDisabled: true }, true)).toEqual([]);
});

function says(option: string): unknown {
  return [expect.stringContaining(`${option} has no effect`)];
}

test('log options that have none are named', () => {
  const nowhere = { ...everything, adminLogTargets: [] };
  expect(unmetLogWishes(nowhere, true)).toEqual(says('forward_all_logs'));
  expect(unmetLogWishes(everything, false)).toEqual(says('forward_all_logs'));
  const unkept = { ...plain, isLocalStorageDisabled: true, accessLogBytesMax: 1 };
  expect(unmetLogWishes(unkept, true)).toEqual(says('access_log_bytes_max'));
});
