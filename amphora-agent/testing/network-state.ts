import { run } from './command.ts';

type Json = Readonly<Record<string, unknown>>;

export interface Network {
  readonly interfaces: readonly unknown[];
  readonly routes: readonly unknown[];
  readonly rules: readonly unknown[];
  readonly nftRuleset: string;
}

/** The network of a namespace, in the transcript's words. */
export async function readNetwork(namespace: string): Promise<Network> {
  const ip = async (...args: readonly string[]): Promise<readonly Json[]> =>
    JSON.parse((await run('ip', '-n', namespace, '-j', ...args)) || '[]') as readonly Json[];
  const both = async (
    ...args: readonly string[]
  ): Promise<readonly (readonly [string, Json])[]> => {
    const [four, six] = await Promise.all([ip('-4', ...args), ip('-6', ...args)]);
    return [
      ...four.map((each) => ['4', each] as const),
      ...six.map((each) => ['6', each] as const),
    ];
  };
  const [links, routes, rules, nftRuleset] = await Promise.all([
    ip('address', 'show'),
    both('route', 'show', 'table', 'all', 'proto', 'static'),
    both('rule', 'show'),
    run('ip', 'netns', 'exec', namespace, 'nft', 'list', 'ruleset'),
  ]);
  return {
    interfaces: links.map(interfaceOf),
    routes: routes.map(([family, route]) => routeOf(family, route)),
    rules: rules.map(([family, rule]) => ({
      family,
      priority: rule['priority'],
      src: rule['src'],
      table: rule['table'],
    })),
    nftRuleset,
  };
}

function interfaceOf(link: Json): Json {
  const addresses = (link['addr_info'] as readonly Json[]).filter(
    (each) => each['scope'] !== 'link',
  );
  return {
    ifname: link['ifname'],
    mtu: link['mtu'],
    state: (link['flags'] as readonly string[]).includes('UP'),
    addrs: addresses
      .map((each) => `${String(each['local'])}/${String(each['prefixlen'])}`)
      .sort((a, b) => (a < b ? -1 : 1)),
  };
}

function routeOf(family: string, route: Json): Json {
  const optional = ['gateway', 'dev', 'prefsrc', 'scope'].filter(
    (name) => route[name] !== undefined,
  );
  return {
    family,
    table: route['table'] ?? 'main',
    dst: route['dst'],
    ...Object.fromEntries(optional.map((name) => [name, route[name]])),
    protocol: 'static',
    flags: route['flags'],
  };
}

/** Sorted by text: neither the kernel nor the original promises an order. */
export function unordered(values: readonly unknown[]): readonly string[] {
  return values
    .map((value) => JSON.stringify(value, keysOf(value)))
    .sort((a, b) => (a < b ? -1 : 1));
}

/** The lines of a rule set, each once in its chain: the original repeats them whenever an interface comes up again. */
export function withoutRepeats(ruleset: string): readonly string[] {
  const chains = ruleset.split(/(?=^\tchain )/m);
  return chains.flatMap((chain) => [
    ...new Set(chain.split('\n').filter((line) => line.trim() !== '')),
  ]);
}

function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value).sort() : [];
}
