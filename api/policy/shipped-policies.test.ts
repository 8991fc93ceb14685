import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NOBODY } from '../auth/strategy.ts';
import type { PolicyName } from './default-rules.ts';
import { openPolicy } from './policy.ts';

const FOLDER = new URL('../../deploy/policy/', import.meta.url);
const GET = 'os_load-balancer_api:pool:get_one';
const PUT = 'os_load-balancer_api:pool:put';
const FAILOVER = 'os_load-balancer_api:loadbalancer:put_failover';

/** Who of those with one role, in the project of the object, may do it. */
function allowed(file: string, name: PolicyName): readonly string[] {
  const text = readFileSync(new URL(file, FOLDER), 'utf8');
  const policy = openPolicy({ enforceNewDefaults: true, enforceScope: true }, [
    { name: file, text },
  ]);
  const roles = [
    'admin',
    'member',
    'reader',
    'any',
    'load-balancer_admin',
    'load-balancer_member',
    'load-balancer_observer',
  ];
  return roles.filter((role) =>
    policy.permits({ ...NOBODY, projectId: 'p', roles: [role] }, name, { projectId: 'p' }),
  );
}

test('with advanced RBAC only the load-balancer_* roles count', () => {
  const file = 'advanced-rbac.yaml';
  expect(allowed(file, GET)).toEqual([
    'admin',
    'load-balancer_admin',
    'load-balancer_member',
    'load-balancer_observer',
  ]);
  expect(allowed(file, PUT)).toEqual(['admin', 'load-balancer_admin', 'load-balancer_member']);
  expect(allowed(file, FAILOVER)).toEqual(['admin', 'load-balancer_admin']);
});

test('with admin-or-owner any role in the project will do', () => {
  const file = 'admin-or-owner.yaml';
  expect(allowed(file, GET)).toHaveLength(7);
  expect(allowed(file, PUT)).toHaveLength(7);
  expect(allowed(file, FAILOVER)).toEqual(['admin', 'load-balancer_admin']);
});

test('with Keystone’s default roles members write, readers read', () => {
  const file = 'keystone-default-roles.yaml';
  expect(allowed(file, GET)).toEqual(['admin', 'reader']);
  expect(allowed(file, PUT)).toEqual(['admin', 'member']);
  expect(allowed(file, FAILOVER)).toEqual(['admin', 'load-balancer_admin']);
});

test('no policy is shipped that is not tried here', () => {
  expect(readdirSync(FOLDER).toSorted()).toEqual([
    'admin-or-owner.yaml',
    'advanced-rbac.yaml',
    'keystone-default-roles.yaml',
  ]);
});
