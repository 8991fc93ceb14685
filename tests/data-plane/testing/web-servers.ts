import type { TenantServer } from './tenant-machine.ts';

/** Ports of a tenant's machine, by what answers there. */
export const PORTS = {
  one: 8001,
  two: 8002,
  bytes: 8003,
  /** Its `/health` is answered with 503. */
  sick: 8004,
  /** Its `/health` is answered with 204 to whoever asks for health.test, else with 500. */
  picky: 8005,
  tls: 8006,
  sickTls: 8007,
  /** Takes connections and says nothing. */
  silent: 8008,
  /** Nobody listens. */
  closed: 8009,
} as const;

export const WEB_SERVERS: readonly TenantServer[] = [
  { name: 'one', port: PORTS.one, kind: 'http' },
  { name: 'two', port: PORTS.two, kind: 'http' },
  { name: 'bytes', port: PORTS.bytes, kind: 'bytes' },
  { name: 'sick', port: PORTS.sick, kind: 'http', healthStatus: 503 },
  { name: 'picky', port: PORTS.picky, kind: 'http', healthStatus: 204, healthHost: 'health.test' },
  { name: 'tls', port: PORTS.tls, kind: 'https' },
  { name: 'sick-tls', port: PORTS.sickTls, kind: 'https', healthStatus: 503 },
  { name: 'silent', port: PORTS.silent, kind: 'silent' },
];
