import { playedKeystone, tokenOf } from '../../drivers/keystone/testing/played-keystone.ts';
import { PROJECT } from './operations.ts';

const TOKEN = 'a-token-of-the-bench';

/** A Keystone that knows one token, and how the API is told of it. */
export interface TokenBed {
  readonly settings: readonly string[];
  /** The same request, with the token in place of a claim. */
  readonly withToken: (text: string) => string;
  close(): Promise<void>;
}

export async function openTokenBed(): Promise<TokenBed> {
  const keystone = await playedKeystone();
  keystone.tokens.set(TOKEN, tokenOf(PROJECT, ['load-balancer_member', 'member']));
  return {
    settings: [
      'auth_strategy = keystone',
      '[keystone_authtoken]',
      `auth_url = ${keystone.url}/v3`,
      'username = octavia',
      'password = secret',
      'user_domain_name = Default',
      'project_name = service',
      'project_domain_name = Default',
    ],
    withToken: (text) => text.replace(/X-Project-Id: .*/, `X-Auth-Token: ${TOKEN}`),
    close: () => keystone.close(),
  };
}
