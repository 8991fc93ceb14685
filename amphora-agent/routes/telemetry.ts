import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Registry } from 'prom-client';
import type { Clock } from '#core/ports/clock.ts';
import type { AgentFigures } from '../agent-figures.ts';
import type { LiveSettings } from '../config.ts';
import type { Reply } from '../http-message.ts';
import type { Route } from '../router.ts';

export interface TelemetryContext {
  readonly figures: AgentFigures;
  readonly settings: LiveSettings;
  readonly certificatePath: string;
  readonly clock: Clock;
}

/** That many may be missing before the agent is not ready: one is easily late. */
const INTERVALS_MAX = 3;

/** What each of our daemons serves of itself; here, like all else, for whoever has a client's certificate. */
export function telemetryRoutes(context: TelemetryContext): readonly Route[] {
  let registry: Promise<Registry> | null = null;
  const metrics = async (): Promise<Reply> => {
    registry ??= openRegistry(context);
    return text(200, await (await registry).metrics());
  };
  return [
    { method: 'GET', path: '/metrics', isChange: false, handle: metrics },
    { method: 'GET', path: '/healthz', isChange: false, handle: () => text(200, 'ok\n') },
    { method: 'GET', path: '/readyz', isChange: false, handle: () => readiness(context) },
  ];
}

async function openRegistry({ figures, certificatePath }: TelemetryContext): Promise<Registry> {
  const { openAgentMetrics } = await import('../agent-metrics.ts');
  return openAgentMetrics({ figures, certificateEndMs: () => endOf(certificatePath) });
}

async function readiness(context: TelemetryContext): Promise<Reply> {
  const problems = [
    ['heartbeats', heartbeatProblem(context)],
    ['certificate', await certificateProblem(context)],
  ] as const;
  const isReady = problems.every(([, problem]) => problem === null);
  const lines = problems.map(([name, problem]) => `${name}: ${problem ?? 'ok'}\n`);
  return text(isReady ? 200 : 503, lines.join(''));
}

function heartbeatProblem({ figures, settings, clock }: TelemetryContext): string | null {
  if (figures.lastHeartbeatMs === null) return 'none was sent since the agent started';
  const silentMs = clock.monotonicMs() - figures.lastHeartbeatMs;
  const { heartbeatIntervalSeconds } = settings.current;
  return silentMs <= INTERVALS_MAX * heartbeatIntervalSeconds * 1000
    ? null
    : `none was sent for ${Math.round(silentMs / 1000)} s, and one is due each ${heartbeatIntervalSeconds} s`;
}

async function certificateProblem({
  certificatePath,
  clock,
}: TelemetryContext): Promise<string | null> {
  const endMs = await endOf(certificatePath);
  return endMs > clock.nowMs() ? null : `ended at ${new Date(endMs).toISOString()}`;
}

async function endOf(certificatePath: string): Promise<number> {
  return Date.parse(new X509Certificate(await readFile(certificatePath)).validTo);
}

function text(status: number, body: string): Reply {
  return { status, contentType: 'text/plain; charset=UTF-8', body };
}
