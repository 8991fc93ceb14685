import type { ListenerTree, LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { renderHaproxy } from '#core/haproxy/render.ts';
import { readGoldenCase } from '#core/haproxy/testing/golden-case.ts';

export interface RenderFigure {
  readonly listeners: number;
  readonly members: number;
  readonly medianMs: number;
  readonly bytes: number;
}

const RUNS_MAX = 50;
const RUN_MS = 2000;

/** As many listeners, each with a pool of its own, and members in all. */
export function measureRendering(listeners: number, members: number): RenderFigure {
  const { tree, context } = readGoldenCase('01-http-basic');
  const given = grown(tree, listeners, Math.max(1, Math.round(members / listeners)));
  const times: number[] = [];
  let bytes = 0;
  const endMs = performance.now() + RUN_MS;
  while (times.length < RUNS_MAX && (performance.now() < endMs || times.length < 3)) {
    const startedMs = performance.now();
    bytes = renderHaproxy(given, context).length;
    times.push(performance.now() - startedMs);
  }
  times.sort((a, b) => a - b);
  return { listeners, members, medianMs: times[times.length >> 1] ?? 0, bytes };
}

function grown(tree: LoadBalancerTree, count: number, membersEach: number): LoadBalancerTree {
  const [listener] = tree.listeners;
  const [pool] = tree.pools;
  const [member] = pool?.members ?? [];
  if (!listener || !pool || !member) throw new Error('the golden case has no member');
  const numbers = Array.from({ length: count }, (_, number) => number);
  const listeners = numbers.map((n): ListenerTree => {
    const defaultPoolId = idOf('b', n);
    return { ...listener, id: idOf('a', n), protocolPort: 1000 + n, defaultPoolId };
  });
  const pools = numbers.map((n) => ({
    ...pool,
    id: idOf('b', n),
    members: Array.from({ length: membersEach }, (_, m) => ({
      ...member,
      id: idOf('c', n * membersEach + m),
      address: `10.${m >> 16}.${(m >> 8) & 255}.${m & 255}`,
    })),
  }));
  return { ...tree, listeners, pools };
}

function idOf(kind: string, number: number): string {
  return `${kind}0000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
