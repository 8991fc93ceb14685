import { type Command, call, type Draw, madeId, pick } from '../command.ts';
import { arrange, lockListener, lockPolicy } from '../gates.ts';
import { find, permit, Refusal, reserve } from '../refusal.ts';
import { loadBalancerOf, type Policy, type Rule, type State, the } from '../state.ts';
import { refuseMismatch } from './listeners.ts';

export function createPolicy(draw: Draw): Command {
  const listener = pick(draw, 'listener');
  const redirectPool = draw.b % 2 === 0 ? null : pick(draw, 'pool', 'b');
  const position = 1 + (draw.b % 4);
  const l7policy = {
    listener_id: listener,
    position,
    ...(redirectPool === null
      ? { action: 'REJECT' }
      : { action: 'REDIRECT_TO_POOL', redirect_pool_id: redirectPool }),
  };
  return {
    ...call(draw, 'POST', '/l7policies', { l7policy }),
    expect(state, answer) {
      const parent = find(state.listener, 'listener', listener);
      const { project } = loadBalancerOf(state, 'listener', listener);
      permit(draw.client, project);
      if (redirectPool !== null) {
        find(state.pool, 'pool', redirectPool);
        refuseMismatch(parent.protocol);
      }
      reserve(state, project, 'policy');
      const { loadBalancer } = lockListener(state, listener);
      if (redirectPool !== null && the(state.pool, redirectPool).loadBalancer !== loadBalancer)
        throw new Refusal(404, `Pool ${redirectPool} not found.`);
      const id = madeId(answer, 'l7policy');
      const statuses = { provisioning: 'PENDING_CREATE', operating: 'OFFLINE' };
      const policy: Policy = { id, listener, name: null, position, redirectPool, ...statuses };
      state.policy.set(id, policy);
      arrange(state, policy, position);
      return 201;
    },
  };
}

export function updatePolicy(draw: Draw): Command {
  const id = pick(draw, 'policy');
  const position = 1 + (draw.b % 4);
  return {
    ...call(draw, 'PUT', `/l7policies/${id}`, { l7policy: { name: draw.mark, position } }),
    expect(state) {
      const policy = lockForPolicy(state, draw, id);
      policy.name = draw.mark;
      policy.provisioning = 'PENDING_UPDATE';
      arrange(state, policy, position);
      return 200;
    },
  };
}

export function deletePolicy(draw: Draw): Command {
  const id = pick(draw, 'policy');
  return {
    ...call(draw, 'DELETE', `/l7policies/${id}`),
    expect(state) {
      lockForPolicy(state, draw, id).provisioning = 'PENDING_DELETE';
      return 204;
    },
  };
}

function lockForPolicy(state: State, { client }: Draw, id: string): Policy {
  const policy = find(state.policy, 'policy', id);
  permit(client, loadBalancerOf(state, 'policy', id).project);
  lockListener(state, policy.listener);
  return policy;
}

export function createRule(draw: Draw): Command {
  const policy = pick(draw, 'policy');
  const value = `/${draw.mark}`;
  const rule = { type: 'PATH', compare_type: 'EQUAL_TO', value };
  return {
    ...call(draw, 'POST', `/l7policies/${policy}/rules`, { rule }),
    expect(state, answer) {
      find(state.policy, 'L7Policy', policy);
      const { project } = loadBalancerOf(state, 'policy', policy);
      permit(draw.client, project);
      reserve(state, project, 'rule');
      lockPolicy(state, policy);
      const id = madeId(answer, 'rule');
      const statuses = { provisioning: 'PENDING_CREATE', operating: 'OFFLINE' };
      state.rule.set(id, { id, policy, value, ...statuses });
      return 201;
    },
  };
}

export function updateRule(draw: Draw): Command {
  const { id, policy, path } = ruleIn(draw);
  const value = `/${draw.mark}`;
  return {
    ...call(draw, 'PUT', path, { rule: { value } }),
    expect(state) {
      const rule = lockForRule(state, draw, policy, id);
      rule.value = value;
      rule.provisioning = 'PENDING_UPDATE';
      return 200;
    },
  };
}

export function deleteRule(draw: Draw): Command {
  const { id, policy, path } = ruleIn(draw);
  return {
    ...call(draw, 'DELETE', path),
    expect(state) {
      lockForRule(state, draw, policy, id).provisioning = 'PENDING_DELETE';
      return 204;
    },
  };
}

function ruleIn(draw: Draw) {
  const id = pick(draw, 'rule');
  const policy = draw.state.rule.get(id)?.policy ?? pick(draw, 'policy', 'b');
  return { id, policy, path: `/l7policies/${policy}/rules/${id}` };
}

function lockForRule(state: State, { client }: Draw, policy: string, id: string): Rule {
  find(state.policy, 'L7Policy', policy);
  const rule = find(state.rule, 'rule', id);
  permit(client, loadBalancerOf(state, 'rule', id).project);
  lockPolicy(state, rule.policy);
  return rule;
}
