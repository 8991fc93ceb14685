import { expect, test } from 'vitest';
import { loadConfig } from '../load.ts';
import { cinder } from './cinder.ts';
import { controllerWorker } from './controller-worker.ts';

const load = (text: string) =>
  loadConfig({ cinder, controllerWorker }, { name: 'octavia.conf', text }, {}).config;

test('machines boot from their images unless a volume driver is named', () => {
  expect(load('').controllerWorker.volumeDriver).toBe('volume_noop_driver');
  const { cinder: own } = load('[cinder]\nvolume_size = 20\nvolume_type = fast\n');
  expect(own).toMatchObject({ volumeSizeGib: 20, volumeType: 'fast', zone: null });
  expect(own).toMatchObject({
    createIntervalSeconds: 5,
    createTimeoutSeconds: 300,
    createAttemptsMax: 5,
  });
});

test('volumes that could never be made are refused at start, all of them at once', () => {
  const wrong = `
[controller_worker]
volume_driver = volume_cinder_driver
[cinder]
volume_size = 0
volume_create_retry_interval = 0
volume_create_timeout = 0
volume_create_max_retries = 0
`;
  expect(() => load(wrong)).toThrow(
    'volume_driver is "volume_cinder_driver"; it must be one of volume_local_driver, volume_noop_driver',
  );
  for (const name of ['size', 'create_retry_interval', 'create_timeout', 'create_max_retries'])
    expect(() => load(wrong)).toThrow(
      `[cinder] volume_${name} is "0"; it must be a whole number of at least 1`,
    );
});
