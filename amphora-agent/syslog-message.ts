import { hostname } from 'node:os';

export interface SyslogFields {
  /** 16 to 23: LOCAL0 to LOCAL7. */
  readonly facility: number;
  /** 0 to 7. */
  readonly severity: number;
  /** ISO 8601. */
  readonly time: string;
  readonly appName: string;
  readonly text: string;
}

/** LOCAL0. */
export const FIRST_LOCAL_FACILITY = 16;

const APP_NAME_CHARS_MAX = 48;
const TEXT_CHARS_MAX = 8192;
const LEVELS: Readonly<Record<string, number>> = { debug: 7, info: 6, warn: 4, error: 3 };

/** By RFC 5424. What is longer than one takes is cut. */
export function syslogMessage({ facility, severity, time, appName, text }: SyslogFields): Buffer {
  const name = appName.replaceAll(/[^\x21-\x7e]/g, '').slice(0, APP_NAME_CHARS_MAX) || '-';
  const head = `<${facility * 8 + severity}>1 ${time} ${hostname() || '-'} ${name} - - -`;
  return Buffer.from(`${head} ${text.slice(0, TEXT_CHARS_MAX)}`);
}

/** A line of the agent's own log, which is JSON and begins with its level and its time. */
export function ownMessage(line: string, facility: number): Buffer {
  const [, level = 'info', time = '-'] = /^\{"level":"(\w+)","time":"([^"]+)"/.exec(line) ?? [];
  const severity = LEVELS[level] ?? 6;
  return syslogMessage({ facility, severity, time, appName: 'amphora-agent', text: line });
}
