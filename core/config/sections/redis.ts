import { flag, list, optionalText, text, url } from '../option.ts';
import { section } from '../section.ts';

/** Ours: Octavia keeps heartbeats in its database. */
export const redis = section('redis', {
  url: url({
    name: 'url',
    schemes: ['redis', 'rediss'],
    default: 'redis://127.0.0.1:6379/0',
    example: 'redis://:password@host:6379/0',
    help: 'Redis for heartbeats; soft state, needs no persistence; not read when nodes are given below',
  }),
  clusterNodes: list({
    name: 'cluster_nodes',
    default: [],
    help: 'host:port of some nodes of a Redis Cluster; the others are found by them',
  }),
  sentinelNodes: list({
    name: 'sentinel_nodes',
    default: [],
    help: 'host:port of the Sentinels that say where the master is',
  }),
  sentinel: text({
    name: 'sentinel',
    default: 'mymaster',
    help: 'name of the master that the Sentinels watch',
  }),
  username: optionalText({ name: 'username', help: 'user of the cluster or the master' }),
  password: optionalText({
    name: 'password',
    isSecret: true,
    help: 'password of the cluster or the master',
  }),
  sentinelUsername: optionalText({ name: 'sentinel_username', help: 'user of the Sentinels' }),
  sentinelPassword: optionalText({
    name: 'sentinel_password',
    isSecret: true,
    help: 'password of the Sentinels',
  }),
  isTls: flag({
    name: 'ssl',
    default: false,
    help: 'speak TLS with the nodes of the cluster, with master and Sentinels',
  }),
  tlsCaFile: optionalText({
    name: 'ssl_ca_certs',
    help: "file with the CA of Redis' certificate; none: those that the system trusts",
  }),
});
