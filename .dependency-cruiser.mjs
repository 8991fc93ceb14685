/**
 * The floors of the house (ARCHITECTURE.md): arrows point down. One rule a row of its table.
 * @type {import('dependency-cruiser').IConfiguration}
 */
const services = [
  'api',
  'worker',
  'health-ingest',
  'housekeeping',
  'driver-agent',
  'amphora-agent',
];
const above = ['tests', 'bench', 'load-tests', 'deploy'];
const folder = (names) => `^(${names.join('|')})/`;
const TESTS = '\\.test\\.ts$|/testing/';

const only = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: TESTS },
  to: { pathNot: to, dependencyTypesNot: ['npm', 'npm-dev', 'npm-optional', 'core'] },
});

export default {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only(
      'domain-knows-nothing',
      '^core/domain/',
      '^core/domain/',
      'nouns and rules: no I/O, no clock, no package',
    ),
    {
      name: 'domain-has-no-packages',
      severity: 'error',
      from: { path: '^core/domain/', pathNot: TESTS },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'] },
    },
    only('ports-are-interfaces', '^core/ports/', '^core/(ports|domain)/', 'ports know the domain'),
    only(
      'core-part-db',
      '^core/db/',
      '^core/(db|domain|ports|telemetry)/',
      'db: domain, ports, telemetry',
    ),
    only(
      'core-part-queue',
      '^core/queue/',
      '^core/(queue|db|domain|ports|telemetry)/',
      'queue: also db',
    ),
    only(
      'core-part-service',
      '^core/service/',
      '^core/(service|config|domain|ports|telemetry)/',
      'service: also config, to read the command line',
    ),
    ...['config', 'heartbeat', 'haproxy', 'keepalived', 'lvs', 'telemetry'].map((part) =>
      only(
        `core-part-${part}`,
        `^core/${part}/`,
        `^core/(${part}|domain|ports|telemetry)/`,
        'a part knows domain, ports, telemetry',
      ),
    ),
    {
      name: 'core-knows-no-service',
      severity: 'error',
      from: { path: '^core/', pathNot: TESTS },
      to: { path: folder([...services, ...above, 'drivers']) },
    },
    {
      name: 'drivers-know-no-service',
      severity: 'error',
      from: { path: '^drivers/', pathNot: TESTS },
      to: { path: folder([...services, ...above]) },
    },
    {
      name: 'drivers-know-no-other-driver',
      severity: 'error',
      from: { path: '^drivers/([^/]+)/', pathNot: TESTS },
      to: { path: '^drivers/', pathNot: '^drivers/$1/' },
    },
    only(
      'driver-noop',
      '^drivers/noop/',
      '^(drivers/noop|core/(domain|ports|telemetry))/',
      'noop keeps everything in memory',
    ),
    only(
      'driver-keystone',
      '^drivers/keystone/',
      '^(drivers/keystone|core/(domain|ports|telemetry))/',
      'Keystone knows no database of ours',
    ),
    only(
      'driver-local',
      '^drivers/local/',
      '^(drivers/local|core/(domain|ports|telemetry|db))/',
      'local keeps its networks in our database',
    ),
    only(
      'driver-amphora-rest',
      '^drivers/amphora-rest/',
      '^(drivers/amphora-rest|core/(domain|ports|telemetry|haproxy|keepalived|lvs))/',
      'renders what it uploads',
    ),
    only(
      'driver-amphora-provider',
      '^drivers/amphora-provider/',
      '^(drivers/amphora-provider|core/(domain|ports|telemetry|db|queue))/',
      'enqueues in the transaction of the API',
    ),
    only(
      'driver-certificates-db',
      '^drivers/certificates-db/',
      '^(drivers/certificates-db|core/(domain|ports|telemetry|db))/',
      "tenants' secrets lie in our database",
    ),
    only(
      'driver-statistics-db',
      '^drivers/statistics-db/',
      '^(drivers/statistics-db|core/(domain|ports|telemetry|db))/',
      "adds to the API's tables",
    ),
    only(
      'driver-statistics',
      '^drivers/statistics-(logger|prometheus)/',
      '^(drivers/statistics-(logger|prometheus)|core/(domain|ports|telemetry))/',
      'nothing but the reports',
    ),
    ...services.map((service) => ({
      name: `${service}-knows-no-other-service`,
      severity: 'error',
      from: { path: `^${service}/`, pathNot: TESTS },
      to: { path: folder([...services.filter((other) => other !== service), ...above]) },
    })),
    {
      name: 'only-main-wires-drivers',
      comment: 'main.ts is the page on which all that a service is made of can be seen',
      severity: 'error',
      from: { path: folder(services), pathNot: `/main\\.ts$|${TESTS}` },
      to: { path: '^drivers/' },
    },
    {
      name: 'agent-lives-on-a-stranger-s-machine',
      severity: 'error',
      from: { path: '^amphora-agent/', pathNot: TESTS },
      to: { path: '^core/', pathNot: '^core/(domain|config|heartbeat|service|telemetry|ports)/' },
    },
    {
      name: 'agent-has-no-database',
      severity: 'error',
      from: { path: '^amphora-agent/', pathNot: TESTS },
      to: { path: 'node_modules/(pg|ioredis|@dbos-inc)/' },
    },
    {
      name: 'only-the-engine-knows-the-engine',
      severity: 'error',
      from: { pathNot: '^worker/engine/' },
      to: { path: 'node_modules/@dbos-inc/' },
    },
    {
      name: 'engine-knows-no-load-balancer',
      severity: 'error',
      from: { path: '^worker/engine/', pathNot: TESTS },
      to: { path: '^(worker/(flows|steps)|core/(domain|haproxy|heartbeat))/' },
    },
    {
      name: 'flows-know-no-sql-and-no-cloud',
      severity: 'error',
      from: { path: '^worker/flows/', pathNot: TESTS },
      to: { path: '^core/(db|haproxy)/|^drivers/' },
    },
    {
      name: 'receivers-know-no-database',
      severity: 'error',
      from: { path: '^health-ingest/receiving/', pathNot: TESTS },
      to: { path: '^core/(db|queue)/|node_modules/pg/' },
    },
    {
      name: 'stages-of-the-heartbeat-meet-in-redis',
      severity: 'error',
      from: { path: '^health-ingest/(receiving|writing|scheduling|exchange)/', pathNot: TESTS },
      to: { path: '^health-ingest/(receiving|writing|scheduling)/', pathNot: '^health-ingest/$1/' },
    },
    {
      name: 'nobody-imports-the-top',
      severity: 'error',
      from: { pathNot: [folder(above), TESTS, '^vitest\\.config\\.ts$'] },
      to: { path: folder(above) },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^node_modules/(?!(pg|ioredis|@dbos-inc)/)' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
