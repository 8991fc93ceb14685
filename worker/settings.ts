import type { ConfigOf } from '#core/config/load.ts';
import type { HaproxyOptions } from '#core/haproxy/context.ts';
import type { ConnectPatience } from '#core/ports/amphora.ts';
import type { sections } from './sections.ts';
import type { World } from './world.ts';

type Config = ConfigOf<typeof sections>;

export const secondsToMs = (seconds: number): number => Math.round(seconds * 1000);

/** A machine that is looked at so often in vain is given up, and holds no place any more soon after. */
export function buildSlotOptions({ haproxyAmphora, controllerWorker }: Config) {
  const { buildsMax, buildLooksMax, buildIntervalSeconds } = haproxyAmphora;
  const { activeRetriesMax, activeWaitSeconds } = controllerWorker;
  return {
    slotsMax: buildsMax,
    looksMax: buildLooksMax,
    intervalMs: secondsToMs(buildIntervalSeconds),
    buildMsMax: secondsToMs(activeRetriesMax * activeWaitSeconds * 2),
  };
}

/** For machines whose flavor and zone say nothing. */
export function machineDefaults({
  cinder,
  controllerWorker,
  nova,
}: Config): World['machineDefaults'] {
  const { machineFlavor, imageTag, imageOwnerId, sshKeyName, securityGroups } = controllerWorker;
  return {
    computeFlavor: machineFlavor,
    imageTag,
    imageOwnerId,
    zone: nova.zone,
    volumeZone: cinder.zone,
    managementNetworkIds: controllerWorker.bootNetworks,
    securityGroups,
    sshKeyName,
  };
}

/** @returns null where machines boot from their images */
export function bootVolumes({ cinder, controllerWorker }: Config): World['bootVolumes'] {
  if (controllerWorker.volumeDriver === 'volume_noop_driver') return null;
  const { createIntervalSeconds, createTimeoutSeconds } = cinder;
  return {
    sizeGib: cinder.volumeSizeGib,
    type: cinder.volumeType,
    createAttemptsMax: cinder.createAttemptsMax,
    available: {
      attemptsMax: Math.ceil(createTimeoutSeconds / createIntervalSeconds) + 1,
      intervalMs: secondsToMs(createIntervalSeconds),
    },
  };
}

/** For the first word of a new amphora. */
export function connectPatience({ haproxyAmphora }: Config): ConnectPatience {
  return {
    attemptsMax: haproxyAmphora.connectAttemptsMax,
    intervalMs: secondsToMs(haproxyAmphora.connectIntervalSeconds),
  };
}

/** For amphorae of a pair that are asked which of them has the VIP: one that is dead holds the failover up so long. */
export function standbyPatience({ haproxyAmphora }: Config): ConnectPatience {
  return {
    attemptsMax: haproxyAmphora.failoverConnectAttemptsMax,
    intervalMs: secondsToMs(haproxyAmphora.failoverConnectIntervalSeconds),
  };
}

/** The longest that a change may wait for one amphora of a pair when the other took it. */
const PAIR_WAIT_MS = 5000;
/** The least that the driver waits for a connection. */
const CONNECT_MS_MIN = 1000;

/** As for amphorae that should be up, but for seconds. */
export function pairPatience({ haproxyAmphora }: Config): ConnectPatience {
  const intervalMs = secondsToMs(haproxyAmphora.activeConnectIntervalSeconds);
  const attemptMs = intervalMs + Math.max(CONNECT_MS_MIN, intervalMs);
  const affordable = Math.max(1, Math.floor(PAIR_WAIT_MS / attemptMs));
  return { intervalMs, attemptsMax: Math.min(haproxyAmphora.activeConnectAttemptsMax, affordable) };
}

/**
 * What the driver that speaks to agents takes from the configuration. It waits with the `active_` patience, also where
 * the original takes ten minutes: while it waits the load balancer is locked, and a dead amphora is not replaced.
 */
export function restOptions(config: Config) {
  const { haproxyAmphora } = config;
  return {
    clientCertPath: haproxyAmphora.clientCert,
    serverCaPath: haproxyAmphora.serverCa,
    port: haproxyAmphora.bindPort,
    lbNetworkInterface: haproxyAmphora.lbNetworkInterface,
    connectTimeoutMs: secondsToMs(haproxyAmphora.requestConnectTimeoutSeconds),
    readTimeoutMs: secondsToMs(haproxyAmphora.requestReadTimeoutSeconds),
    patience: {
      attemptsMax: haproxyAmphora.activeConnectAttemptsMax,
      intervalMs: secondsToMs(haproxyAmphora.activeConnectIntervalSeconds),
    },
    haproxy: haproxyOptions(config),
    vrrp: config.keepalivedVrrp,
  };
}

export function certificateOptions({ certificates }: Config) {
  return {
    caCertificatePath: certificates.caCertificate,
    caPrivateKeyPath: certificates.caPrivateKey,
    passphrase: certificates.caPrivateKeyPassphrase,
    digest: certificates.signingDigest,
    validitySeconds: certificates.validitySeconds,
  };
}

function haproxyOptions({ amphoraAgent, haproxyAmphora }: Config): HaproxyOptions {
  return {
    isConnectionLogged: haproxyAmphora.isConnectionLogged,
    userLogFormat: haproxyAmphora.userLogFormat,
    userLogFacility: amphoraAgent.userLogFacility,
    administrativeLogFacility: amphoraAgent.administrativeLogFacility,
    stickSize: haproxyAmphora.stickSize,
    defaultConnectionLimit: haproxyAmphora.defaultConnectionLimit,
    timeoutClientDataMs: haproxyAmphora.timeoutClientDataMs,
    timeoutMemberConnectMs: haproxyAmphora.timeoutMemberConnectMs,
    timeoutMemberDataMs: haproxyAmphora.timeoutMemberDataMs,
    timeoutTcpInspectMs: haproxyAmphora.timeoutTcpInspectMs,
    defaultListenerCiphers: haproxyAmphora.defaultListenerCiphers,
    defaultPoolCiphers: null,
  };
}
