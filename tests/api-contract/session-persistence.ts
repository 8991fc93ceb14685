import { createBody } from '../../api/v2/pools/schema.ts';
import { ip } from './address-kinds.ts';
import { enumeration, int, patterned } from './kinds.ts';
import { failure } from './shared-rows.ts';
import { attributesIn, MANDATORY, type Row, refused, shown, type Table } from './table.ts';
import type { ContractWorld } from './world.ts';

const typeFor = (name = '') =>
  name === 'cookie_name' ? { type: 'APP_COOKIE' } : { type: 'SOURCE_IP' };

/** Inside a pool, as its own table: each attribute on the type and the protocol that it is for. */
export function sessionPersistenceTables(w: ContractWorld): readonly Table[] {
  const { api } = w;
  const rows: readonly Row[] = [
    {
      name: 'type',
      kind: enumeration('SOURCE_IP', 'HTTP_COOKIE', 'APP_COOKIE'),
      accepts: [['SOURCE_IP'], ['HTTP_COOKIE']],
      refuses: [
        [
          'APP_COOKIE',
          failure(
            'Field "cookie_name" must be specified when using the "APP_COOKIE" session persistence type.',
          ),
        ],
      ],
      absent: MANDATORY,
      whenNull: refused(failure('Invalid session_persistence provided.')),
    },
    {
      name: 'cookie_name',
      kind: patterned({
        pattern: String.raw`^[^\s,;\\]+$`,
        lengthMax: 255,
        good: ['JSESSION', 'é'.repeat(255)],
        bad: ['', 'a b', 'a,b', 'a;b', 'a\\b', 'a\nb'],
      }),
      refuses: Array.from('"()/:<=>?@[]{}\u0001\u007f', (sign) => [
        `a${sign}`,
        failure('Supplied "cookie_name" is invalid.'),
      ]),
      absent: refused(
        failure(
          'Field "cookie_name" must be specified when using the "APP_COOKIE" session persistence type.',
        ),
      ),
      whenNull: refused(
        failure(
          'Field "cookie_name" must be specified when using the "APP_COOKIE" session persistence type.',
        ),
      ),
    },
    {
      name: 'persistence_timeout',
      kind: int(-2_147_483_648),
      absent: shown(null),
      whenNull: shown(null),
    },
    { name: 'persistence_granularity', kind: ip, absent: shown(null), whenNull: shown(null) },
  ];
  const compose = (attributes: Readonly<Record<string, unknown>>) => {
    const [name] = Object.keys(attributes);
    const protocol = name?.startsWith('persistence') ? 'UDP' : 'HTTP';
    const session_persistence = { ...typeFor(name), ...attributes };
    return {
      pool: {
        loadbalancer_id: w.loadBalancer,
        protocol,
        lb_algorithm: 'ROUND_ROBIN',
        session_persistence,
      },
    };
  };
  return [
    {
      title: 'creating a session persistence',
      argument: 'pool_',
      root: 'pool',
      path: 'pool_.pool.session_persistence',
      successStatus: 201,
      attributes: attributesIn(createBody.schema, 'pool', 'session_persistence'),
      rows,
      unknown: ['timeout'],
      compose,
      send: (body) => api.post('/pools', body),
      find: ({ json }) => json.pool.session_persistence,
      reset: () => w.settle('pool'),
    },
  ];
}
