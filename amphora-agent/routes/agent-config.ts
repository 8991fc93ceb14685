import { modeOf, writeWhole } from '../apply/atomic-file.ts';
import { type LiveSettings, parseAgentConfig, problemsOf } from '../config.ts';
import { done, refuse } from '../http-message.ts';
import type { Route } from '../router.ts';

const MODE_OF_NEW = 0o600;

/** Replaces the agent's configuration file, if it can be read: a bad one would keep the agent from starting again. */
export function agentConfigRoute(settings: LiveSettings): Route {
  return {
    method: 'PUT',
    path: '/1.0/config',
    isChange: true,
    async handle({ body }) {
      const { file } = settings;
      try {
        parseAgentConfig(file, body.toString('utf8'));
      } catch (error) {
        throw refuse(500, 'Unable to update amphora-agent configuration.', problemsOf(error));
      }
      await writeWhole(file, body, (await modeOf(file)) ?? MODE_OF_NEW);
      settings.reload();
      return done(202);
    },
  };
}
