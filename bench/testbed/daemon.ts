import { HealthManager, KEY } from '../../health-ingest/testing/health-manager.ts';
import { endWithUs } from './children.ts';
import { type ReceiverUnderTest, receiveBufferBytesMax } from './receiver.ts';
import type { FleetDatabase, Servers } from './servers.ts';

export const HEARTBEAT_KEY = KEY;

export interface DaemonOptions {
  readonly servers: Servers;
  readonly database: FleetDatabase;
  readonly threads: number;
  /** Where it leaves a profile of each of its threads. */
  readonly profileFolder?: string;
  /** More lines of `[health_manager]`. */
  readonly settings?: readonly string[];
}

/** health-ingest as it is shipped, a process of its own. */
export interface Daemon extends ReceiverUnderTest {
  metric(name: string): Promise<number>;
  metrics(): Promise<string>;
}

export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  await options.servers.redis.flushall();
  const manager = new HealthManager({
    databaseUrl: options.database.url,
    redisUrl: options.servers.redisUrl,
    settings: [
      `health_update_threads = ${options.threads}`,
      `sock_rlimit = ${receiveBufferBytesMax()}`,
      'heartbeat_interval = 10',
      'heartbeat_timeout = 60',
      ...(options.settings ?? []),
    ],
  });
  try {
    if (options.profileFolder)
      process.env.NODE_OPTIONS = `--cpu-prof --cpu-prof-dir=${options.profileFolder}`;
    await manager.start();
    delete process.env.NODE_OPTIONS;
  } catch (error) {
    delete process.env.NODE_OPTIONS;
    await manager.kill();
    throw error;
  }
  const { pid } = manager;
  const release = endWithUs(pid);
  return {
    pid,
    port: Number(manager.logged('receiving heartbeats')[0]?.port),
    async accepted() {
      const [accepted, repeated] = await Promise.all([
        manager.metric('octavia_heartbeats_accepted_total'),
        manager.metric('octavia_heartbeats_repeated_total'),
      ]);
      // The sender repeats none: one taken for a repetition is as good as lost.
      return accepted - repeated;
    },
    metric: (name) => manager.metric(name),
    metrics: () => manager.metrics(),
    async stop() {
      // Drains as it would in service; what hangs is ended.
      const isLate = await Promise.race([
        manager.stop().then(() => false),
        new Promise<true>((resolve) => setTimeout(resolve, STOP_MS_MAX, true).unref()),
      ]);
      if (isLate) process.kill(pid, 'SIGKILL');
      release();
    },
  };
}

const STOP_MS_MAX = 20_000;
