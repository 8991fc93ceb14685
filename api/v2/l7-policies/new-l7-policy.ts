import { randomUUID } from 'node:crypto';
import type { L7Policy } from '#core/domain/l7-policy.ts';
import type { Listener } from '#core/domain/listener.ts';
import { type ApiContext, timestamp } from '../../context.ts';
import { NEWBORN } from '../../writing.ts';
import { type L7PolicyCreate, type NestedL7Policy, POSITION_MAX } from './schema.ts';
import { settleTargets } from './targets.ts';

/** The policy that a request asks for, with every default filled in. @throws OctaviaError on targets that do not fit */
export function newL7Policy(
  sent: L7PolicyCreate | NestedL7Policy,
  redirectPoolId: string | null,
  listener: Pick<Listener, 'id' | 'projectId'>,
  context: ApiContext,
): L7Policy {
  const targets = settleTargets({
    // Mandatory, so null at worst: that is no action either.
    action: sent.action ?? null,
    redirectPoolId,
    redirectUrl: sent.redirect_url ?? null,
    redirectPrefix: sent.redirect_prefix ?? null,
    redirectHttpCode: sent.redirect_http_code ?? null,
  });
  return {
    id: randomUUID(),
    projectId: listener.projectId,
    listenerId: listener.id,
    ...NEWBORN,
    name: sent.name ?? null,
    description: sent.description ?? null,
    isEnabled: sent.admin_state_up === undefined ? true : (sent.admin_state_up ?? false),
    position: sent.position ?? POSITION_MAX,
    tags: sent.tags ?? [],
    createdAt: timestamp(context.clock),
    updatedAt: null,
    ...(targets as Required<typeof targets>),
  };
}
