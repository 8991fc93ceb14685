import { exploded, familyOf, networkKey, parseAddress } from '#core/domain/ip-address.ts';
import type { InterfaceFile, InterfaceRoute } from '../render/interface-file.ts';
import { record, text } from './link-state.ts';
import type { HaproxyNamespace } from './namespace.ts';

/**
 * The `ip` commands that turn an interface's static routes of one family into those of its file. Routes of the
 * kernel, of routers and of keepalived are not ours and not looked at.
 */
export async function routeChanges(
  namespace: HaproxyNamespace,
  file: InterfaceFile,
  family: 4 | 6,
): Promise<readonly string[]> {
  const present = new Map(await presentRoutes(namespace, file, family));
  const routes = file.routes.filter(({ dst }) => familyOf(dst) === family);
  const wanted = new Map(routes.map((route) => [wantedKey(route), addition(route, file.name)]));
  return [
    ...[...wanted].filter(([key]) => !present.has(key)).map(([, command]) => command),
    ...[...present].filter(([key]) => !wanted.has(key)).map(([, command]) => command),
  ];
}

/** Each with the command that removes it. */
async function presentRoutes(
  namespace: HaproxyNamespace,
  file: InterfaceFile,
  family: 4 | 6,
): Promise<readonly (readonly [string, string])[]> {
  const show = ['route', 'show', 'table', 'all', 'dev', file.name, 'proto', 'static'];
  const routes = await namespace.ipJson([`-${family}`, ...show]);
  return routes.map((value) => {
    const raw = record(value);
    const [dst, gateway, prefsrc] = [raw['dst'], raw['gateway'], raw['prefsrc']].map(text);
    const table = text(raw['table']) || 'main';
    const network = networkKey(dst ?? '', family) ?? '';
    const via = gateway ? ` via ${gateway}` : '';
    const from = prefsrc ? ` src ${prefsrc}` : '';
    const removal = `route delete ${network}${via} dev ${file.name}${from} table ${table} proto static`;
    return [routeKey(network, gateway, prefsrc, table), removal];
  });
}

function wantedKey(route: InterfaceRoute): string {
  const network = networkKey(route.dst, familyOf(route.dst)) ?? route.dst;
  return routeKey(network, route.gateway, route.prefsrc, route.table ? `${route.table}` : 'main');
}

function routeKey(
  network: string,
  gateway: string | undefined,
  prefsrc: string | undefined,
  table: string,
): string {
  return [network, addressKey(gateway), addressKey(prefsrc), table].join(' ');
}

function addressKey(address: string | undefined): string {
  const parsed = address ? parseAddress(address) : null;
  return parsed === null ? '-' : exploded(parsed);
}

function addition(route: InterfaceRoute, interfaceName: string): string {
  return [
    `route add ${route.dst}`,
    route.gateway ? `via ${route.gateway}` : '',
    `dev ${interfaceName}`,
    route.prefsrc ? `src ${route.prefsrc}` : '',
    route.scope ? `scope ${route.scope}` : '',
    route.table ? `table ${route.table}` : '',
    ...(route.flags ?? []),
    'proto static',
  ]
    .filter(Boolean)
    .join(' ');
}
