import type { Pool, SessionPersistence } from '#core/domain/pool.ts';
import { validationFailure } from '../../faults.ts';
import type { SentPersistence } from './schema.ts';

/** What an RFC 6265 cookie name cannot hold. */
// oxlint-disable-next-line no-control-regex -- control characters are among them
const NOT_IN_COOKIE_NAMES = /[\u0000-\u0020"(),/:;<=>?@[\\\]{}\u007f]/;

/** A session persistence replaces the four values; those absent become null. */
export function sessionPersistenceOf(
  sent: SentPersistence,
  stored: SessionPersistence | null,
): SessionPersistence {
  const type = sent.type ?? stored?.type;
  if (type === undefined) throw validationFailure('Invalid session_persistence provided.');
  return {
    type,
    cookieName: sent.cookie_name ?? null,
    persistenceTimeoutSeconds: sent.persistence_timeout ?? null,
    persistenceGranularity: sent.persistence_granularity ?? null,
  };
}

/** @param doing the texts of create and update differ */
export function validateSessionPersistence(
  persistence: SessionPersistence,
  protocol: Pool['protocol'],
  doing: 'create' | 'update',
): void {
  const isDatagram = protocol === 'UDP' || protocol === 'SCTP';
  if (isDatagram) validateForDatagrams(persistence);
  else refuseDatagramOptions(persistence, doing);
  validateCookie(persistence);
}

function validateForDatagrams({ type, cookieName }: SessionPersistence): void {
  if (type === 'SOURCE_IP') {
    if (cookieName !== null)
      throw validationFailure(
        'session_persistence SOURCE_IP type for UDP and SCTP protocols only accepts: type, persistence_timeout, persistence_granularity.',
      );
    return;
  }
  if (cookieName !== null)
    throw validationFailure('Cookie names are not supported for UDP/SCTP pools.');
  throw validationFailure(
    `Session persistence of type ${type} is not supported for UDP/SCTP protocol pools.`,
  );
}

function refuseDatagramOptions(persistence: SessionPersistence, doing: 'create' | 'update'): void {
  if (!persistence.persistenceTimeoutSeconds && !persistence.persistenceGranularity) return;
  const protocols = doing === 'create' ? 'UDP and SCTP' : 'UDP';
  throw validationFailure(
    `persistence_timeout and persistence_granularity is only for ${protocols} protocol pools.`,
  );
}

function validateCookie({ type, cookieName }: SessionPersistence): void {
  if (type !== 'APP_COOKIE') {
    if (cookieName !== null)
      throw validationFailure(
        'Field "cookie_name" can only be specified with session persistence of type "APP_COOKIE".',
      );
    return;
  }
  if (cookieName === null)
    throw validationFailure(
      'Field "cookie_name" must be specified when using the "APP_COOKIE" session persistence type.',
    );
  if (NOT_IN_COOKIE_NAMES.test(cookieName))
    throw validationFailure('Supplied "cookie_name" is invalid.');
}
