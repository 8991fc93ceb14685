import { createHash } from 'node:crypto';
import { textField } from './agent-answer.ts';
import type { AgentSession } from './agent-session.ts';
import type { TlsFile } from './tls-files.ts';

/** Brings one file to the amphora, unless its very bytes are there. */
export async function uploadFile(
  session: AgentSession,
  loadBalancerId: string,
  { name, content }: TlsFile,
): Promise<void> {
  const path = pathOf(loadBalancerId, name);
  const present = await session.ask({ method: 'GET', path, accepts: [404] });
  const md5 = createHash('md5').update(content).digest('hex');
  if (present.status !== 404 && textField(present.json, 'md5sum') === md5) return;
  await session.ask({ method: 'PUT', path, body: content });
}

export async function deleteFile(
  session: AgentSession,
  loadBalancerId: string,
  name: string,
): Promise<void> {
  await session.ask({ method: 'DELETE', path: pathOf(loadBalancerId, name), accepts: [404] });
}

function pathOf(loadBalancerId: string, name: string): string {
  return `loadbalancer/${loadBalancerId}/certificates/${name}`;
}
