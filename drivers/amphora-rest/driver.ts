import { isIP } from 'node:net';
import type { Amphora } from '#core/domain/amphora.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import { Topology } from '#core/domain/load-balancer.ts';
import type { AmphoraDriver } from '#core/ports/amphora.ts';
import { textField } from './agent-answer.ts';
import { readInfo } from './agent-details.ts';
import { type AgentSession, withAgent } from './agent-session.ts';
import { applyTree } from './apply.ts';
import type { AmphoraRestOptions } from './options.ts';
import { networkBody, vipBody } from './plug-body.ts';
import { applyVrrp } from './vrrp.ts';

const CONFLICT = 409;
const NOT_FOUND = 404;

/** Speaks Octavia's agent API, as its controllers do: TLS with certificates on both sides, one connection a request. */
export function amphoraRestDriver(options: AmphoraRestOptions): AmphoraDriver {
  const withPatience = <Result>(
    amphora: Amphora,
    work: (session: AgentSession) => Promise<Result>,
    patience = options.patience,
  ): Promise<Result> => withAgent(amphora, options, patience, work);

  return {
    getInfo: (amphora, patience) =>
      withAgent(amphora, options, patience, (session) => readInfo(session, amphora.id)),

    plugVip: (amphora, plug) =>
      withPatience(amphora, async (session) => {
        const path = `plug/vip/${ipAddress(plug.vipAddress, amphora.id)}`;
        await plugOnce(session, amphora, options, path, vipBody(plug));
      }),

    plugNetwork: (amphora, plug, patience) =>
      withPatience(
        amphora,
        (session) => plugOnce(session, amphora, options, 'plug/network', networkBody(plug)),
        patience,
      ),

    applyLoadBalancer: (amphora, tree, patience) =>
      withPatience(amphora, (session) => applyTree(session, amphora, tree, options), patience),

    applyVrrp: async (amphora, tree, patience) => {
      if (tree.topology !== Topology.ActiveStandby) return;
      await withPatience(
        amphora,
        (session) => applyVrrp(session, amphora, tree, options),
        patience,
      );
    },

    findInterface: (amphora, address, patience) =>
      withAgent(amphora, options, patience, async (session) => {
        const path = `interface/${ipAddress(address, amphora.id)}`;
        const answer = await session.ask({ method: 'GET', path, accepts: [NOT_FOUND] });
        return answer.status === NOT_FOUND ? null : textField(answer.json, 'interface');
      }),

    uploadCertificate: (amphora, pem) =>
      withPatience(amphora, async (session) => {
        await session.ask({ method: 'PUT', path: 'certificate', body: pem });
      }),

    uploadAgentConfig: (amphora, config) =>
      withPatience(amphora, async (session) => {
        const path = 'config';
        const answer = await session.ask({ method: 'PUT', path, body: config, accepts: [404] });
        if (answer.status === NOT_FOUND)
          options.logger.warn(
            { amphora_id: amphora.id },
            'its agent takes no new configuration; fail it over to a newer image',
          );
      }),
  };
}

/** Plugged already is what was wanted: the call before this one was heard, only its answer was lost. */
async function plugOnce(
  session: AgentSession,
  amphora: Amphora,
  { logger }: AmphoraRestOptions,
  path: string,
  body: object,
): Promise<void> {
  const answer = await session.ask({ method: 'POST', path, body, accepts: [CONFLICT] });
  if (answer.status === CONFLICT)
    logger.info({ amphora_id: amphora.id, path }, 'interface is plugged already');
}

function ipAddress(text: string, amphoraId: string): string {
  if (isIP(text) !== 0) return text;
  const what = `amphora ${amphoraId}: address ${JSON.stringify(text)} is neither IPv4 nor IPv6`;
  throw new DriverFailure(what, { retryable: false });
}
