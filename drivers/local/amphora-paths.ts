import { join } from 'node:path';
import type { LocalCloudOptions } from './cloud-options.ts';
import { haproxyNamespaceOf } from './names.ts';

/** Where one amphora's things lie on this box: one folder each, all on the one file system. */
export interface LocalAmphoraPaths {
  /** The folder of which nothing else has a share; everything below lies in it. */
  readonly root: string;
  readonly basePath: string;
  readonly baseCertDir: string;
  readonly networkDir: string;
  readonly serverCert: string;
  readonly clientCa: string;
  readonly agentConfig: string;
  readonly agentLog: string;
  readonly agentPid: string;
  readonly pluggedInterfacesFile: string;
  readonly haproxyNamespace: string;
  readonly bindHost: string;
  readonly serviceManager: 'child';
}

/**
 * Paths that the controller renders into the agent's configuration, and under which it hands the boot files over.
 * `basePath` leads through a short link: HAProxy's stats sockets lie there, and a socket's path has room for 97
 * characters, of which two ids take 74.
 */
export function localAmphoraPaths(
  options: Pick<LocalCloudOptions, 'dataDir' | 'namePrefix'>,
  amphoraId: string,
): LocalAmphoraPaths {
  const root = join(amphoraeFolder(options.dataDir), amphoraId);
  const basePath = join(shortFolder(options.namePrefix), amphoraId);
  return {
    root,
    basePath,
    baseCertDir: join(basePath, 'certs'),
    networkDir: join(root, 'interfaces'),
    serverCert: join(root, 'certs', 'server.pem'),
    clientCa: join(root, 'certs', 'client_ca.pem'),
    agentConfig: join(root, 'amphora-agent.conf'),
    agentLog: join(root, 'agent.log'),
    agentPid: join(root, 'agent.pid'),
    pluggedInterfacesFile: join(root, 'plugged_interfaces'),
    haproxyNamespace: haproxyNamespaceOf(options.namePrefix, amphoraId),
    bindHost: '0.0.0.0',
    serviceManager: 'child',
  };
}

export function amphoraeFolder(dataDir: string): string {
  return join(dataDir, 'amphorae');
}

/** What `basePath` points to. */
export function stateFolder(root: string): string {
  return join(root, 'state');
}

export function shortFolder(namePrefix: string): string {
  return `/run/${namePrefix}-lb`;
}
