import type { Amphora } from '#core/domain/amphora.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import type { ConnectPatience } from '#core/ports/amphora.ts';
import { type AgentAnswer, textField } from './agent-answer.ts';
import { openConnection } from './agent-connection.ts';
import { type AgentRequest, ask } from './agent-request.ts';
import type { AmphoraRestOptions } from './options.ts';

/** One agent, for the length of one call of the driver. Paths are those below the API's version. */
export interface AgentSession {
  ask(request: AgentRequest): Promise<AgentAnswer>;
}

/** A machine that is still booting drops packets: with a short interval, the next try is worth more than a long wait. */
const CONNECT_TIMEOUT_MS_MIN = 1000;

/**
 * Finds out whether the agent is one that we understand, then lets `work` speak with it, and closes the connection
 * however that ends.
 */
export async function withAgent<Result>(
  amphora: Amphora,
  options: AmphoraRestOptions,
  patience: ConnectPatience,
  work: (session: AgentSession) => Promise<Result>,
): Promise<Result> {
  const connectTimeoutMs = Math.min(
    options.connectTimeoutMs,
    Math.max(CONNECT_TIMEOUT_MS_MIN, patience.intervalMs),
  );
  const client = await openConnection(amphora, options, connectTimeoutMs);
  const logger = options.logger.child({ amphora_id: amphora.id });
  const { clock, signal, readTimeoutMs } = options;
  const attemptTimeoutMs = connectTimeoutMs + 2 * readTimeoutMs;
  const deps = {
    amphoraId: amphora.id,
    client,
    patience,
    attemptTimeoutMs,
    clock,
    signal,
    logger,
  };
  try {
    assertVersion(amphora.id, await ask({ method: 'GET', path: '/', accepts: [404] }, deps));
    return await work({
      ask: (request) => ask({ ...request, path: `/1.0/${request.path}` }, deps),
    });
  } finally {
    await client.destroy();
  }
}

function assertVersion(amphoraId: string, answer: AgentAnswer): void {
  const version = textField(answer.json, 'api_version');
  const [major = 0] = (version ?? '').split('.').map(Number);
  if (major >= 1) return;
  const what = `amphora ${amphoraId}: its agent speaks version ${version ?? 'unknown'} of the API; it must be 1.0 or later`;
  throw new DriverFailure(what, { retryable: false });
}
