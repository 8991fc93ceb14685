import type { Client } from 'undici';
import { DriverFailure } from '#core/domain/errors.ts';
import type { ConnectPatience } from '#core/ports/amphora.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { type AgentAnswer, meaningOf, readAnswer, wordsOf } from './agent-answer.ts';

const USER_AGENT = 'Octavia HaProxy Rest Client/1.0 (https://wiki.openstack.org/wiki/Octavia)';

export interface AgentRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  /** Bytes as they are, without a Content-Type; or an object, as JSON. */
  readonly body?: string | object;
  /** Refusals that the caller takes for an answer. */
  readonly accepts?: readonly number[];
}

export interface RequestDeps {
  readonly amphoraId: string;
  readonly client: Client;
  readonly patience: ConnectPatience;
  /** For one attempt, from dialling to the last byte of the answer. */
  readonly attemptTimeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** The agent understood and said no. */
export class AgentRefusal extends DriverFailure {
  readonly answer: AgentAnswer;

  /** Overloaded is the one refusal that passes by itself. */
  constructor(what: string, answer: AgentAnswer) {
    super(`${what} answered ${answer.status}: ${wordsOf(answer)}`, {
      retryable: answer.status === 503,
    });
    this.name = 'AgentRefusal';
    this.answer = answer;
  }
}

/**
 * Asks an agent, again and again while it does not answer, as often as the patience allows. Every request of its API
 * may be repeated.
 * @throws DriverFailure retryable when it never answered; AgentRefusal, permanent unless it is overloaded
 */
export async function ask(request: AgentRequest, deps: RequestDeps): Promise<AgentAnswer> {
  const { patience, clock, signal, logger } = deps;
  const what = `amphora ${deps.amphoraId}: ${request.method} ${request.path}`;
  for (let attempt = 1; ; attempt++) {
    const outcome = await attemptOf(request, deps);
    if (outcome.kind === 'answered') return outcome.answer;
    if (outcome.kind === 'refused') throw new AgentRefusal(what, outcome.answer);
    if (signal.aborted || attempt >= patience.attemptsMax)
      throw noAnswer(`${what}: no usable answer in ${attempt} attempts`, outcome.cause);
    if (attempt === 1) logger.debug({ error: outcome.cause, what }, 'agent does not answer yet');
    await clock.sleep(patience.intervalMs, signal).catch((error: unknown) => {
      throw noAnswer(`${what}: given up, since this process stops`, error);
    });
  }
}

type Outcome =
  | { readonly kind: 'answered'; readonly answer: AgentAnswer }
  | { readonly kind: 'refused'; readonly answer: AgentAnswer }
  | { readonly kind: 'no-answer'; readonly cause: unknown };

async function attemptOf(request: AgentRequest, deps: RequestDeps): Promise<Outcome> {
  try {
    const answer = await send(request, deps);
    switch (meaningOf(answer)) {
      case 'success':
        return { kind: 'answered', answer };
      case 'refused': {
        const isAccepted = request.accepts?.includes(answer.status) ?? false;
        return { kind: isAccepted ? 'answered' : 'refused', answer };
      }
      case 'not-ready':
        return { kind: 'no-answer', cause: new Error(`${answer.status} ${wordsOf(answer)}`) };
    }
  } catch (error) {
    return { kind: 'no-answer', cause: error };
  }
}

async function send(request: AgentRequest, deps: RequestDeps): Promise<AgentAnswer> {
  const { body } = request;
  const isJson = typeof body === 'object';
  const response = await deps.client.request({
    method: request.method,
    path: request.path,
    headers: {
      'user-agent': USER_AGENT,
      ...(isJson ? { 'content-type': 'application/json' } : {}),
    },
    body: isJson ? JSON.stringify(body) : (body ?? null),
    signal: AbortSignal.any([deps.signal, AbortSignal.timeout(deps.attemptTimeoutMs)]),
    reset: true,
  });
  const contentType = response.headers['content-type'];
  return readAnswer(response.statusCode, String(contentType ?? ''), await response.body.text());
}

function noAnswer(what: string, cause: unknown): DriverFailure {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DriverFailure(`${what}: ${why}`, { retryable: true, cause });
}
