import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { ProviderDriver } from '#core/ports/provider.ts';
import type { ProviderHost, ProviderPackage } from '#core/ports/provider-package.ts';
import type { ApiConfig } from './context.ts';
import { inTime } from './in-time.ts';

export interface PackageOptions {
  readonly logger: Logger;
  /** Milliseconds that one package may take to load and to make its driver. */
  readonly loadTimeoutMs: number;
}

/**
 * The drivers of the providers that the configuration enables: ours, and those of packages.
 * @param ours by name; a package cannot take the name of one
 */
export async function loadProviders(
  settings: Pick<ApiConfig['apiSettings'], 'enabledProviderDrivers' | 'providerDriverPackages'>,
  ours: Readonly<Record<string, ProviderDriver>>,
  options: PackageOptions,
): Promise<ReadonlyMap<string, ProviderDriver>> {
  const { enabledProviderDrivers: enabled, providerDriverPackages: packages } = settings;
  const { logger } = options;
  for (const name of Object.keys(packages)) {
    if (Object.hasOwn(ours, name))
      logger.error(
        { provider: name },
        'a provider of ours has this name: its package is not loaded',
      );
    else if (!Object.hasOwn(enabled, name))
      logger.warn(
        { provider: name },
        'its package is not loaded: enabled_provider_drivers lacks it',
      );
  }
  const drivers = new Map<string, ProviderDriver>();
  for (const name of Object.keys(enabled)) {
    const own = Object.hasOwn(ours, name) ? ours[name] : undefined;
    const source = Object.hasOwn(packages, name) ? packages[name] : undefined;
    const driver = own ?? (source && (await loadPackage(name, source, options)));
    if (driver) drivers.set(name, driver);
    else if (!source)
      logger.error(
        { provider: name },
        `enabled, but neither among ours (${Object.keys(ours).join(', ')}) nor in provider_driver_packages`,
      );
  }
  return drivers;
}

/**
 * A package that cannot be loaded, or takes too long, is left out and the log says why: users who choose it are
 * answered 501, and everything else is served.
 * @param source name of an installed npm package, or absolute path of one
 */
async function loadPackage(
  name: string,
  source: string,
  { logger, loadTimeoutMs }: PackageOptions,
): Promise<ProviderDriver | null> {
  try {
    const late = `not loaded within ${loadTimeoutMs} ms`;
    const driver = await inTime(() => load(name, source, logger), loadTimeoutMs, late);
    logger.info({ provider: name, package: source }, 'provider driver loaded');
    return driver;
  } catch (error) {
    logger.error(
      { error, provider: name, package: source },
      'cannot load the package of a provider; those who choose it are answered 501',
    );
    return null;
  }
}

async function load(name: string, source: string, logger: Logger): Promise<ProviderDriver> {
  const loaded = (await import(specifierOf(source))) as Partial<ProviderPackage>;
  if (typeof loaded.createProvider !== 'function')
    throw new Error(`package ${source} exports no function createProvider`);
  const driver: unknown = await loaded.createProvider(hostOf(name, logger));
  if (typeof driver !== 'object' || driver === null)
    throw new Error(`createProvider of package ${source} answered no driver`);
  return driver as ProviderDriver;
}

function specifierOf(source: string): string {
  if (!isAbsolute(source)) return source;
  return pathToFileURL(createRequire(import.meta.url).resolve(source)).href;
}

const refusal =
  (code: ErrorCode) =>
  (text: string): Error =>
    new OctaviaError(code, text);

function hostOf(name: string, logger: Logger): ProviderHost {
  return {
    apiVersion: 1,
    name,
    logger: logger.child({ provider: name }),
    unsupportedOption: refusal(ErrorCode.ProviderUnsupportedOption),
    unsupportedAction: refusal(ErrorCode.ProviderUnsupportedAction),
    conflict: refusal(ErrorCode.Conflict),
  };
}
