import type { Logger } from '#core/ports/logger.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A logger for what runs inside the supervisor itself: the daemons' form of line, to any sink. */
export function lineLogger(
  service: string,
  write: (line: string) => void,
  own: Fields = {},
): Logger {
  const log =
    (level: string) =>
    (fields: Fields, message: string): void =>
      write(
        JSON.stringify({
          level,
          time: new Date().toISOString(),
          service,
          ...own,
          ...plain(fields),
          message,
        }),
      );
  return {
    debug: () => {},
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: (fields) => lineLogger(service, write, { ...own, ...fields }),
  };
}

/** An error's message and stack are not enumerable: JSON would leave `{}` of it. */
function plain(fields: Fields): Fields {
  const { error } = fields;
  if (!(error instanceof Error)) return fields;
  return { ...fields, error: { message: error.message, stack: error.stack } };
}
