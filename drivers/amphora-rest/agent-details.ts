import { DriverFailure } from '#core/domain/errors.ts';
import type { MachineDetails } from '#core/haproxy/context.ts';
import type { AmphoraInfo } from '#core/ports/amphora.ts';
import { type AgentAnswer, fieldOf, textField } from './agent-answer.ts';
import type { AgentSession } from './agent-session.ts';

export async function readInfo(session: AgentSession, amphoraId: string): Promise<AmphoraInfo> {
  return infoOf(await session.ask({ method: 'GET', path: 'info' }), amphoraId);
}

/**
 * Agents of 2022 say less of their machine, and any agent fails here when one package cannot be asked for its version:
 * what is missing is no reason to fail, only to tune nothing.
 */
export async function readDetails(session: AgentSession): Promise<MachineDetails> {
  const { json } = await session.ask({ method: 'GET', path: 'details', accepts: [404, 500] });
  const memory = fieldOf(json, 'memory');
  const [freeKib, buffersKib, cachedKib] = ['free', 'buffers', 'cached'].map((key) =>
    numberField(memory, key),
  );
  const isMemoryKnown =
    typeof freeKib === 'number' && typeof buffersKib === 'number' && typeof cachedKib === 'number';
  return {
    cpuCount: numberField(json, 'cpu_count'),
    activeTunedProfiles: textField(json, 'active_tuned_profiles') ?? '',
    memory: isMemoryKnown ? { freeKib, buffersKib, cachedKib } : null,
  };
}

function infoOf({ json }: AgentAnswer, amphoraId: string): AmphoraInfo {
  const haproxyVersion = textField(json, 'haproxy_version');
  if (haproxyVersion === null) {
    const what = `amphora ${amphoraId}: its agent does not tell the version of its HAProxy`;
    throw new DriverFailure(what, { retryable: false });
  }
  return {
    hostname: textField(json, 'hostname') ?? '',
    apiVersion: textField(json, 'api_version') ?? '1.0',
    haproxyVersion,
  };
}

function numberField(value: unknown, key: string): number | null {
  const field = fieldOf(value, key);
  return typeof field === 'number' && Number.isFinite(field) ? field : null;
}
