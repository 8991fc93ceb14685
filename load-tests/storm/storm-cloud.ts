import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudProcess } from '../../deploy/one-box/cloud-process.ts';
import { openScene, type Scene } from '../../deploy/one-box/demo/scene.ts';
import { remainsOf } from '../../deploy/one-box/remains.ts';
import { isAlive, readState } from '../../deploy/one-box/state-file.ts';

/** Names, ports and networks that neither `npm start` nor the tests use. */
const PREFIX = 'stm';
const ARGS = [
  `--name-prefix=${PREFIX}`,
  '--lb-network=172.29.0.0/20',
  '--network=private=10.88.0.0/20',
  '--api-port=22400',
  '--postgres-port=22401',
  '--redis-port=22402',
  '--heartbeat-port=22403',
  '--telemetry-port=22404',
];

/** A one-box cloud of the storm's own. */
export class StormCloud {
  readonly #dataDir: string;
  readonly #isKept: boolean;
  readonly #process: CloudProcess;
  #scene: Scene | undefined;

  private constructor(dataDir: string, isKept: boolean) {
    this.#dataDir = dataDir;
    this.#isKept = isKept;
    this.#process = new CloudProcess(dataDir, ARGS);
  }

  /** @param keptIn an absolute path: its files are there when the storm is over; null: nowhere */
  static async open(keptIn: string | null): Promise<StormCloud> {
    if (keptIn !== null) await mkdir(keptIn, { recursive: true });
    const dataDir = keptIn ?? (await mkdtemp(join(tmpdir(), `cloud-${PREFIX}-`)));
    await chmod(dataDir, 0o711);
    return new StormCloud(dataDir, keptIn !== null);
  }

  async start(): Promise<Scene> {
    this.#scene = openScene(await this.#process.start());
    return this.#scene;
  }

  /** Of a part that runs now; else null. */
  pidOf(part: string): number | null {
    const known = readState(this.#dataDir)?.processes[part];
    return known !== undefined && isAlive(known) ? known.pid : null;
  }

  /** Its folder goes as well, unless it is to stay. */
  async stop(): Promise<void> {
    await this.#scene?.close();
    await this.#process.stop();
    if (!this.#isKept) await rm(this.#dataDir, { recursive: true, force: true });
  }

  /** What of the stopped cloud is still on this machine. */
  remains(): readonly string[] {
    return remainsOf(PREFIX, this.#dataDir);
  }
}
