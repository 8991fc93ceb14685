import { parseAddress } from '#core/domain/ip-address.ts';
import { type FieldType, invalidValue, type Place } from './field.ts';
import { networkOf } from './ip.ts';

/** Kept as the client spelt it. */
export const ip: FieldType<string> = {
  schema: { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] },
  parse(value, at) {
    if (typeof value !== 'string' || parseAddress(value) === null)
      throw invalidValue(at, value, 'Value should be IPv4 or IPv6 format');
    return value;
  },
};

/** A network or a bare address; answered with host bits cleared and the prefix length there. */
export const cidr: FieldType<string> = {
  schema: { type: 'string', format: 'cidr' },
  parse(value, at) {
    const network = typeof value === 'string' ? networkOf(value) : null;
    if (network === null) throw invalidValue(at, value, 'Value should be IPv4 or IPv6 CIDR format');
    return network;
  },
};

// oxlint-disable-next-line no-control-regex -- control characters are what this refuses
const NOT_IN_URLS = /[\u0000-\u0020\u007f-\u009f]/;

/** Where a redirect may lead: http or https, with a host. */
export function url(lengthMax: number): FieldType<string> {
  return {
    schema: { type: 'string', format: 'uri', maxLength: lengthMax },
    parse(value, at) {
      if (typeof value !== 'string' || !isHttpUrl(value))
        throw invalidValue(at, value, 'Value must be a valid URL string');
      refuseLongerThan(lengthMax, value, at);
      return value;
    },
  };
}

function isHttpUrl(value: string): boolean {
  if (NOT_IN_URLS.test(value) || /\s/.test(value) || !value.isWellFormed()) return false;
  if (!/^https?:\/\/[^/?#]+/i.test(value)) return false;
  return URL.canParse(value);
}

const PATH = /^\/(?!\/)[^\s]*$/;

/** An absolute path with query and fragment, and nothing before it. */
export function urlPath(lengthMax: number): FieldType<string> {
  return {
    schema: { type: 'string', pattern: PATH.source, maxLength: lengthMax },
    parse(value, at) {
      if (
        typeof value !== 'string' ||
        !PATH.test(value) ||
        NOT_IN_URLS.test(value) ||
        !value.isWellFormed()
      )
        throw invalidValue(at, value, 'Value must be a valid URL Path string');
      refuseLongerThan(lengthMax, value, at);
      return value;
    },
  };
}

function refuseLongerThan(lengthMax: number, value: string, at: Place): void {
  if (value.length > lengthMax)
    throw invalidValue(
      at,
      value,
      `Value should have a maximum character requirement of ${lengthMax}`,
    );
}
