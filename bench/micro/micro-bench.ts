/**
 * What a file of this folder exports as `bench`: one stage of a heartbeat's way, and ways to do it. The first case is
 * the one that health-ingest uses; the others are what it is held against.
 */
export interface MicroBench {
  readonly stage: string;
  readonly cases: Readonly<Record<string, () => unknown>>;
}
