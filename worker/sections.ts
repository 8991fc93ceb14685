import {
  amphoraAgent,
  certificates,
  cinder,
  controllerWorker,
  database,
  defaults,
  haproxyAmphora,
  healthManager,
  keepalivedVrrp,
  localCloud,
  nova,
  telemetry,
} from '#core/config/sections.ts';

/** What the worker reads of the configuration. */
export const sections = {
  defaults,
  database,
  controllerWorker,
  haproxyAmphora,
  amphoraAgent,
  certificates,
  cinder,
  healthManager,
  keepalivedVrrp,
  localCloud,
  nova,
  telemetry,
};
