/** Structured log lines: fields first, then a short sentence. Standard fields: `request_id`, `load_balancer_id`, `flow_id`, `amphora_id`. */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** The same logger with fields that every line will carry. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
}
