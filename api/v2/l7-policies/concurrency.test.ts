import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { noAuth } from '../../auth/none.ts';
import {
  type Api,
  type ApiResponse,
  activeL7Policy,
  activeListener,
  activeLoadBalancer,
  PROJECT,
  startApi,
} from '../../testing/harness.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi('[quotas]\ndefault_l7policy_quota = 30\ndefault_l7rule_quota = 3\n', {
    auth: { ...noAuth(null), isQuotaEnforced: true },
  });
});
afterEach(() => api.finish());
afterAll(() => api.close());

const statuses = (answers: readonly ApiResponse[]) =>
  answers.map((answer) => answer.status).toSorted((a, b) => a - b);
const positionsOf = async (listener: string): Promise<number[]> => {
  const found = await api.database.query<{ position: number }>(
    'select position from l7_policy where listener_id = $1 order by position',
    [listener],
  );
  return found.rows.map((row) => row.position);
};

/** As clients do: 409 means come back, once whoever was first is done. */
async function insist(send: () => Promise<ApiResponse>): Promise<ApiResponse> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await send();
    if (answer.status !== 409) return answer;
    await api.finish();
  }
  throw new Error('never let in');
}

test('of many policies at once one is created, and the others write nothing', async () => {
  const listener = await activeListener(api, await activeLoadBalancer(api));
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      api.post('/l7policies', {
        l7policy: { listener_id: listener, action: 'REJECT', position: (index % 3) + 1 },
      }),
    ),
  );
  expect(statuses(answers)).toEqual([201, 409, 409, 409, 409, 409]);
  expect(await positionsOf(listener)).toEqual([1]);
});

test('clients that move, add and remove policies at once always meet and leave the positions 1..n', async () => {
  const listener = await activeListener(api, await activeLoadBalancer(api));
  const policies: string[] = [];
  for (let index = 0; index < 4; index++) policies.push(await activeL7Policy(api, listener));
  const move = async (id: string, position: number) => {
    const answer = await insist(() => api.put(`/l7policies/${id}`, { l7policy: { position } }));
    expect(answer.status, answer.text).toBe(200);
    const shown: number = answer.json.l7policy.position;
    expect(shown).toBeLessThanOrEqual(position);
    expect(shown).toBeGreaterThan(Math.min(position, 4) - 1);
  };
  const mover = async (offset: number) => {
    for (let turn = 0; turn < 8; turn++)
      await move(policies[(turn + offset) % 4] ?? '', ((turn * 3 + offset) % 6) + 1);
  };
  const churner = async () => {
    for (let turn = 0; turn < 4; turn++) {
      const body = { listener_id: listener, action: 'REJECT', position: turn + 1 };
      const made = await insist(() => api.post('/l7policies', { l7policy: body }));
      expect(made.json.l7policy.position).toBe(turn + 1);
      const gone = await insist(() => api.delete(`/l7policies/${made.json.l7policy.id}`));
      expect(gone.status).toBe(204);
    }
  };
  await Promise.all([mover(0), mover(1), churner()]);
  await api.finish();
  expect(await positionsOf(listener)).toEqual([1, 2, 3, 4]);
});

test('rules at once: one is created, the others are told that policy or load balancer is busy', async () => {
  const listener = await activeListener(api, await activeLoadBalancer(api));
  const policy = await activeL7Policy(api, listener);
  const rule = { type: 'PATH', compare_type: 'EQUAL_TO', value: '/a' };
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => api.post(`/l7policies/${policy}/rules`, { rule })),
  );
  expect(statuses(answers)).toEqual([201, 409, 409, 409, 409]);
});

test('quotas of rules hold over policies of many load balancers at once', async () => {
  await api.database.query('update quota set l7_rule_in_use = 0');
  await api.database.query('delete from l7_rule');
  const policies: string[] = [];
  for (let index = 0; index < 5; index++)
    policies.push(
      await activeL7Policy(api, await activeListener(api, await activeLoadBalancer(api))),
    );
  const answers = await Promise.all(
    policies.map((id) =>
      api.post(`/l7policies/${id}/rules`, {
        rule: { type: 'PATH', compare_type: 'EQUAL_TO', value: '/a' },
      }),
    ),
  );
  expect(statuses(answers)).toEqual([201, 201, 201, 403, 403]);
  expect(answers.find((answer) => answer.status === 403)?.json.faultstring).toBe(
    'Quota has been met for resources: L7 Rule',
  );
  const used = await api.database.query(
    'select l7_rule_in_use as used from quota where project_id = $1',
    [PROJECT],
  );
  expect(used.rows).toEqual([{ used: 3 }]);
});

test('a met quota of policies refuses the next, and refused requests leave the count as it was', async () => {
  const listener = await activeListener(api, await activeLoadBalancer(api));
  await api.database.query('update quota set l7_policy_limit = 1');
  const asked = { l7policy: { listener_id: listener, action: 'REDIRECT_TO_URL' } };
  await api.database.query('update quota set l7_policy_in_use = 1');
  const full = await api.post('/l7policies', asked);
  expect([full.status, full.json.faultstring]).toEqual([
    403,
    'Quota has been met for resources: L7 Policy',
  ]);
  await api.database.query('update quota set l7_policy_limit = 2');
  expect((await api.post('/l7policies', asked)).status, 'a redirect without URL').toBe(400);
  const used = await api.database.query(
    'select l7_policy_in_use as used from quota where project_id = $1',
    [PROJECT],
  );
  expect(used.rows).toEqual([{ used: 1 }]);
});
