import { expect, test } from 'vitest';
import { openMetrics } from '#core/telemetry/metrics.ts';
import { countTokens } from './metrics.ts';

test('tokens are counted by what became of them, from zero on', async () => {
  const registry = openMetrics('api');
  const count = countTokens(registry);
  for (const outcome of ['cached', 'cached', 'refused'] as const) count(outcome);
  for (let scrapes = 0; scrapes < 2; scrapes++)
    expect(
      (await registry.getSingleMetricAsString('octavia_api_tokens_total')).split('\n'),
    ).toEqual(
      expect.arrayContaining([
        'octavia_api_tokens_total{outcome="cached",service="api"} 2',
        'octavia_api_tokens_total{outcome="validated",service="api"} 0',
        'octavia_api_tokens_total{outcome="refused",service="api"} 1',
        'octavia_api_tokens_total{outcome="unavailable",service="api"} 0',
      ]),
    );
});
