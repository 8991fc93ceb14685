/** A daemon of the cloud: its folder, and where its telemetry goes. */
export interface DaemonSpec {
  readonly folder: string;
  /** Of section [telemetry]. */
  readonly portOption: string;
  /** Added to the first telemetry port. */
  readonly portOffset: number;
}

/** In the order in which they stop: first who takes work in, last who sees to what is under way. */
export const DAEMONS: readonly DaemonSpec[] = [
  { folder: 'api', portOption: 'api_port', portOffset: 0 },
  { folder: 'driver-agent', portOption: 'driver_agent_port', portOffset: 4 },
  { folder: 'housekeeping', portOption: 'housekeeping_port', portOffset: 3 },
  { folder: 'health-ingest', portOption: 'health_ingest_port', portOffset: 2 },
  { folder: 'worker', portOption: 'worker_port', portOffset: 1 },
];
