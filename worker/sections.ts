import {
  amphoraAgent,
  certificates,
  controllerWorker,
  database,
  defaults,
  haproxyAmphora,
  healthManager,
  localCloud,
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
  healthManager,
  localCloud,
  telemetry,
};
