import fc from 'fast-check';
import { expect, it } from 'vitest';
import { done } from './http-message.ts';
import { matchRoute, type Route } from './router.ts';

const ID = '396b8675-85d2-5cc2-b6f0-96b94c0d8c6f';

function route(method: Route['method'], path: string): Route {
  return { method, path, isChange: false, handle: () => done(200) };
}
const ROUTES = [
  route('GET', '/'),
  route('PUT', '/1.0/vrrp/upload'),
  route('PUT', '/1.0/vrrp/:action'),
  route('GET', '/1.0/loadbalancer/:loadBalancerId/haproxy'),
  route('PUT', '/1.0/loadbalancer/:loadBalancerId/:action'),
  route('PUT', '/1.0/loadbalancer/:loadBalancerId/certificates/:fileName'),
];

function statusOf(method: string, target: string): number | string {
  const match = matchRoute(ROUTES, method, target);
  return match.kind === 'found' ? match.route.path : match.refusal.reply.status;
}

it('finds the route that says more of the path before the one that says less', () => {
  expect(statusOf('PUT', '/1.0/vrrp/upload')).toBe('/1.0/vrrp/upload');
  expect(statusOf('PUT', '/1.0/vrrp/start?x=1')).toBe('/1.0/vrrp/:action');
});

it('tells an unknown path from a known one that is asked for in another way', () => {
  expect(statusOf('GET', '/1.0')).toBe(404);
  expect(statusOf('GET', '/1.0/vrrp/start/')).toBe(404);
  expect(statusOf('DELETE', `/1.0/loadbalancer/${ID}/haproxy`)).toBe(405);
});

it('refuses ids that are no UUIDs, however they are spelled', () => {
  for (const id of ['..', '%2e%2e', `${ID}0`, `${ID}%0a`, 'x/../y'])
    expect([400, 404]).toContain(statusOf('GET', `/1.0/loadbalancer/${id}/haproxy`));
});

it('whatever is asked for, each id that a route sees is a UUID and no segment is empty', () => {
  const segment = fc.oneof(
    fc.constantFrom('1.0', 'vrrp', 'loadbalancer', 'certificates', 'haproxy', ID, '..', '%2f', '%'),
    fc.string(),
    fc.string().map(encodeURIComponent),
  );
  const target = fc.array(segment, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(fc.constantFrom('GET', 'PUT', 'PATCH', ''), target, (method, path) => {
      const match = matchRoute(ROUTES, method, path);
      if (match.kind === 'refused') return [400, 404, 405].includes(match.refusal.reply.status);
      const { loadBalancerId, ...others } = match.params;
      if (loadBalancerId !== undefined) expect(loadBalancerId).toMatch(/^[0-9a-f-]{36}$/i);
      return Object.values(others).every((value) => value !== '');
    }),
    { numRuns: 5000 },
  );
});
