/**
 * Where the software says what happens: a line for a change of state, never one for an event. `warn`: it is recovering
 * and nothing is lost. `error`: an event was given up, or a person is needed. `fields` are flat and hold no secret.
 * The methods of `console`, and of the common loggers behind a line of glue, fit.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** The figures of a log line, by name. They hold no secret and no event's data. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

function line(level: string, message: string, fields: LogFields | undefined): void {
  const parts = [`grantex ${level}: ${message.replaceAll(/[\r\n]+/g, ' ')}`];
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (value !== undefined) parts.push(`${name}=${typeof value === 'string' ? JSON.stringify(value) : String(value)}`);
  }
  process.stderr.write(`${parts.join(' ')}\n`);
}

/** The default: warnings and errors as lines on standard error, nothing else. */
export const consoleLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (message, fields) => line('warn', message, fields),
  error: (message, fields) => line('error', message, fields),
};

/** Says nothing. */
export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
