import { DAEMONS } from './daemons.ts';
import type { OneBoxOptions } from './options.ts';
import { type CloudState, knownProcess, removeState, writeState } from './state-file.ts';

/** Keeps the state file true while the cloud runs. */
export class StateKeeper {
  readonly #dataDir: string;
  #state: CloudState;
  #isRemoved = false;

  constructor(options: OneBoxOptions) {
    this.#dataDir = options.dataDir;
    this.#state = initialState(options);
  }

  get current(): CloudState {
    return this.#state;
  }

  telemetryUrl(folder: string): string {
    const url = this.#state.telemetryUrls[folder];
    if (url === undefined) throw new Error(`${folder} is not a daemon of the cloud`);
    return url;
  }

  update(changes: Partial<CloudState>): void {
    if (this.#isRemoved) return;
    this.#state = { ...this.#state, ...changes };
    writeState(this.#dataDir, this.#state);
  }

  setProcess(name: string, pid: number | undefined): void {
    const known = pid === undefined ? null : knownProcess(pid);
    if (known) this.update({ processes: { ...this.#state.processes, [name]: known } });
  }

  remove(): void {
    this.#isRemoved = true;
    removeState(this.#dataDir);
  }
}

function initialState(options: OneBoxOptions): CloudState {
  const telemetryUrls = DAEMONS.map(({ folder, portOffset }) => [
    folder,
    `http://127.0.0.1:${options.telemetryPort + portOffset}`,
  ]);
  return {
    version: 1,
    status: 'starting',
    supervisor: knownProcess(process.pid) ?? { pid: process.pid, startTicks: '' },
    drivers: options.drivers,
    apiUrl: `http://${options.apiHost}:${options.apiPort}`,
    telemetryUrls: Object.fromEntries(telemetryUrls),
    postgresUrl: '',
    redisUrl: '',
    configFile: '',
    dataDir: options.dataDir,
    namePrefix: options.namePrefix,
    lbNetworkCidr: options.lbNetworkCidr,
    heartbeatTimeoutSeconds: 0,
    networks: [],
    qosPolicies: [],
    processes: {},
  };
}
