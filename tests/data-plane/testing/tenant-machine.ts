import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createCertificateAuthority } from '#drivers/local/certificate-authority.ts';
import type { LocalCloudOptions } from '#drivers/local/cloud-options.ts';
import { run } from '#drivers/local/command.ts';
import { joinNetwork } from '#drivers/local/tenant.ts';

export interface TenantServer {
  readonly name: string;
  readonly port: number;
  /** `bytes` tells what it received to the byte; `silent` takes connections and says nothing. */
  readonly kind: 'http' | 'https' | 'bytes' | 'silent';
  /** What `/health…` is answered with; 200. */
  readonly healthStatus?: number;
  /** The only `Host` for which that holds. */
  readonly healthHost?: string;
}

/** What an `http` server tells. */
export interface Received {
  readonly name: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly peer: { readonly address: string; readonly port: number };
  /** The last request to `/health…`. */
  readonly check: object | null;
}

export interface Fetch {
  readonly url: string;
  readonly localAddress?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Status 0: nobody answered. */
export interface Fetched {
  readonly status: number;
  readonly body: string;
}

const PROGRAM = new URL('./tenant-program.ts', import.meta.url).pathname;
const ERRAND_PORT = 7000;

/** A tenant's machine: a namespace on the tenant's network, its servers, and clients if need be. */
export interface TenantMachine {
  readonly address: string;
  readonly address6: string;
  readonly namespace: string;
  /** A request made there. */
  fetch(errand: Fetch): Promise<Fetched>;
  stop(): void;
}

/** @param extraAddresses more of its own, for clients that are to seem several */
export async function startTenantMachine(
  options: LocalCloudOptions,
  networkName: string,
  name: string,
  servers: readonly TenantServer[],
): Promise<TenantMachine> {
  const namespace = `${options.namePrefix}-${name}`;
  const { address, address6 } = await joinNetwork(options, { namespace, networkName });
  const { certificatePem: cert, privateKeyPem: key } = await createCertificateAuthority(name);
  const given = JSON.stringify({ servers, errandPort: ERRAND_PORT, tls: { cert, key } });
  const child = spawn(
    'nsenter',
    [`--net=/run/netns/${namespace}`, process.execPath, PROGRAM, given],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  await listening(child, name);
  return {
    address,
    address6: address6 ?? '',
    namespace,
    async fetch(errand) {
      const answer = await fetch(`http://${address}:${ERRAND_PORT}`, {
        method: 'POST',
        body: JSON.stringify(errand),
      });
      return (await answer.json()) as Fetched;
    },
    stop: () => child.kill('SIGKILL'),
  };
}

/** Gives a machine further addresses, which nobody else may have. */
export async function addAddresses(
  { namespace }: Pick<TenantMachine, 'namespace'>,
  addresses: readonly string[],
): Promise<void> {
  const links = await run('ip', ['-n', namespace, '-o', 'link']);
  const link = /^\d+: (net\w+)@/m.exec(links)?.[1] ?? '';
  for (const address of addresses)
    await run('ip', ['-n', namespace, 'address', 'add', address, 'dev', link]);
}

async function listening(child: ChildProcess, name: string): Promise<void> {
  const outcome = await Promise.race([
    once(child.stdout ?? child, 'data').then(() => 'listening'),
    once(child, 'exit').then(() => 'gone'),
  ]);
  if (outcome === 'gone') throw new Error(`the program of tenant machine ${name} ended`);
}
