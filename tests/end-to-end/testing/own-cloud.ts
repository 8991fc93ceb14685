import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { CloudProcess } from '../../../deploy/one-box/cloud-process.ts';
import { openScene, type Scene } from '../../../deploy/one-box/demo/scene.ts';
import { remainsOf } from '../../../deploy/one-box/remains.ts';
import { isAlive, readState } from '../../../deploy/one-box/state-file.ts';

/** A cloud of one test file's own, with names, ports and networks that neither `npm start` nor another file uses. */
export interface OwnCloud {
  readonly dataDir: string;
  readonly namePrefix: string;
  /** As after `npm start --`. */
  readonly args: readonly string[];
  process: CloudProcess;
  /** Starts it, or starts it again after it was stopped or killed. */
  start(): Promise<Scene>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

/**
 * @param letter a to o, different in each test file
 * @param hasIpv6 whether its tenant network has an IPv6 range as well
 * @param more further options of `npm start --`
 */
export async function ownCloud(
  letter: string,
  hasIpv6 = false,
  more: readonly string[] = [],
): Promise<OwnCloud> {
  const index = letter.charCodeAt(0) - 'a'.charCodeAt(0);
  const namePrefix = `tst${letter}`;
  const dataDir = await mkdtemp(join(tmpdir(), `cloud-${namePrefix}-`));
  await chmod(dataDir, 0o711);
  const port = 21_000 + index * 20;
  const args = [
    `--name-prefix=${namePrefix}`,
    `--lb-network=172.31.${index * 16}.0/20`,
    `--network=private=10.123.${index * 16}.0/20${hasIpv6 ? `+fd00:123:${index}::/64` : ''}`,
    `--api-port=${port}`,
    `--postgres-port=${port + 1}`,
    `--redis-port=${port + 2}`,
    `--heartbeat-port=${port + 3}`,
    `--telemetry-port=${port + 4}`,
    ...more,
  ];
  const scenes: Scene[] = [];
  const own: OwnCloud = {
    dataDir,
    namePrefix,
    args,
    process: new CloudProcess(dataDir, args),
    async start() {
      own.process = new CloudProcess(dataDir, args);
      const state = await own.process.start();
      const scene = openScene(state);
      scenes.push(scene);
      return scene;
    },
    async remove() {
      for (const scene of scenes) await scene.close();
      await own.process.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return own;
}

/** What is left of a stopped cloud on this machine, besides its files. */
export function remainsOfCloud({ namePrefix, dataDir }: OwnCloud): readonly string[] {
  return remainsOf(namePrefix, dataDir);
}

/** The pid a part of the cloud has now. */
export function pidOf({ dataDir }: OwnCloud, name: string): number {
  const known = readState(dataDir)?.processes[name];
  if (known === undefined || !isAlive(known)) throw new Error(`${name} is not running`);
  return known.pid;
}

/** Network namespaces need root; without it the test says so instead of failing. */
export function needsRoot({ skip }: TestContext): void {
  skip(process.getuid?.() !== 0, 'needs root for network namespaces');
}
