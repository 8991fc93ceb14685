import type { ProviderMetadata } from '#core/domain/flavor.ts';
import { invalidOption } from './faults.ts';

/**
 * The text of a profile as what it says.
 * @throws OctaviaError `invalid-option` for what is not the JSON text of an object
 */
export function readMetadata(
  text: string,
  option: 'flavor_data' | 'availability_zone_data',
): ProviderMetadata {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidOption(text, option);
  return value as ProviderMetadata;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
