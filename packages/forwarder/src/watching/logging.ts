import { stripVTControlCharacters, styleText } from 'node:util';
import type { Logger } from '@grantex/core';
import { pino } from 'pino';
import type { LoggingSettings } from '../settings/settings.js';

export interface ForwarderLogger extends Logger {
  /** For a reload. */
  setLevel(level: LoggingSettings['level']): void;
}

type LogStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

/**
 * Names under which a field could bring a secret. Nothing of ours logs one; this is a second net, for packages of others.
 */
const SECRET_FIELDS = [
  'accessKey',
  'accessToken',
  'access_token',
  'apiKey',
  'api_key',
  'appKey',
  'auth',
  'authorization',
  'Authorization',
  'cookie',
  'credentials',
  'hecToken',
  'password',
  'passphrase',
  'privateKey',
  'private_key',
  'secret',
  'secretAccessKey',
  'sessionToken',
  'token',
];

/**
 * Logs by pino to `stream`, one line for each message, written at once: a crash does not lose the last one. `json`: an
 * object with `level`, `time` (ISO 8601, UTC), `msg` and the fields. `text`: lines for people, with local time, coloured on
 * a terminal. `auto`: text on a terminal, JSON otherwise.
 */
export function createLogger(
  { level, format }: LoggingSettings,
  stream: LogStream,
  { isTerminal = stream.isTTY === true }: { readonly isTerminal?: boolean } = {},
): ForwarderLogger {
  const isText = format === 'text' || (format === 'auto' && isTerminal);
  // Whoever read the log may go away; events are forwarded all the same.
  stream.on('error', () => {});
  const write = (line: string): void => void stream.write(isText ? textLine(line, stream) : line);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: withOwnNames },
    redact: { paths: SECRET_FIELDS, censor: '[redacted]' },
  };
  const logger = pino(options, { write });
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    setLevel(next) {
      logger.level = next;
    },
  };
}

/** The line has three names of its own: a field of that name gets another one. */
function withOwnNames(fields: object): Record<string, unknown> {
  const named = Object.entries(fields).map(([name, value]) => [
    /^(level|time|msg)$/.test(name) ? `${name}_` : name,
    value,
  ]);
  return Object.fromEntries(named) as Record<string, unknown>;
}

const COLOURS = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;

interface LogEntry {
  readonly level: keyof typeof COLOURS;
  readonly time: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** `12:03:04 warn  datadog: holding: the key was refused  code=DEST_UNAUTHORIZED` */
function textLine(json: string, stream: LogStream): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as LogEntry;
  const clock = new Date(time).toTimeString().slice(0, 8);
  const label = styleText(COLOURS[level], level.padEnd(5), { stream });
  const parts = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`);
  const tail = parts.length === 0 ? '' : `  ${styleText('dim', parts.join(' '), { stream })}`;
  return `${styleText('dim', clock, { stream })} ${label} ${plain(msg)}${tail}\n`;
}

function shown(value: unknown): string {
  const text = plain(String(value));
  return typeof value === 'string' && !/^[^\s"=]+$/.test(text) ? JSON.stringify(text) : text;
}

/** Messages can hold what a service answered: nothing of it may move the cursor, or begin a line of its own. */
function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
