import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';

/** Every refusal that more than one place speaks, word for word as clients know it. */

type Noun =
  | 'Load Balancer'
  | 'Listener'
  | 'Pool'
  | 'Member'
  | 'Health Monitor'
  | 'L7 Policy'
  | 'L7 Rule'
  | 'Amphora'
  | 'Amphora stats for'
  | 'Flavor'
  | 'Flavor Profile'
  | 'Flavor profile'
  | 'Availability Zone'
  | 'Availability Zone Profile'
  | 'Quotas';

export function notFound(noun: Noun, id: string | null): OctaviaError {
  return new OctaviaError(ErrorCode.NotFound, `${noun} ${id ?? 'None'} not found.`);
}

/** Something outside that the request refers to is not there: the request is wrong, hence 400. */
export function subresourceNotFound(
  noun:
    | 'Port'
    | 'Subnet'
    | 'Network'
    | 'qos_policy'
    | 'Security Group'
    | 'Flavor Profile'
    | 'Availability Zone Profile',
  id: string,
): OctaviaError {
  return new OctaviaError(ErrorCode.InvalidInput, `${noun} ${id} not found.`);
}

export function validationFailure(detail: string): OctaviaError {
  return new OctaviaError(ErrorCode.ValidationFailure, `Validation failure: ${detail}`);
}

export function invalidOption(value: string, option: string): OctaviaError {
  return new OctaviaError(ErrorCode.InvalidOption, `${value} is not a valid option for ${option}`);
}

export function optionDisabled(option: string, value: string): OctaviaError {
  return new OctaviaError(
    ErrorCode.OptionDisabled,
    `The selected ${option} is not allowed in this deployment: ${value}`,
  );
}

export function immutable(
  noun: 'Load Balancer' | 'Pool' | 'L7Policy' | 'amphora',
  id: string,
): OctaviaError {
  return new OctaviaError(ErrorCode.Immutable, `${noun} ${id} is immutable and cannot be updated.`);
}

export function invalidState(provisioningStatus: string, loadBalancerId: string): OctaviaError {
  return new OctaviaError(
    ErrorCode.InvalidState,
    `Invalid state ${provisioningStatus} of loadbalancer resource ${loadBalancerId}`,
  );
}

export function recordExists(noun: 'flavor' | 'availability zone', name: string): OctaviaError {
  return conflict(`A ${noun} of ${name} already exists.`);
}

export function inUse(
  noun: 'Flavor' | 'Flavor profile' | 'Availability Zone' | 'Availability Zone Profile',
  id: string,
): OctaviaError {
  return conflict(`${noun} ${id} is in use and cannot be modified.`);
}

export function conflict(message: string): OctaviaError {
  return new OctaviaError(ErrorCode.Conflict, message);
}

export function noChildren(protocol: string): OctaviaError {
  return new OctaviaError(
    ErrorCode.InvalidInput,
    `Protocol ${protocol} listeners cannot have child objects.`,
  );
}

export function unknownArgument(name: string): OctaviaError {
  return new OctaviaError(ErrorCode.InvalidInput, `Unknown argument: "${name}"`);
}

export function missingArgument(name: string): OctaviaError {
  return new OctaviaError(ErrorCode.InvalidInput, `Missing argument: "${name}"`);
}
