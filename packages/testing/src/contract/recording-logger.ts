import type { LogFields, Logger } from '@grantex/core';

/** Keeps every line that is logged. */
export class RecordingLogger implements Logger {
  readonly lines: string[] = [];

  debug(message: string, fields?: LogFields): void {
    this.#add('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#add('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#add('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#add('error', message, fields);
  }

  /** Warnings and errors. */
  get loud(): readonly string[] {
    return this.lines.filter((line) => line.startsWith('warn') || line.startsWith('error'));
  }

  #add(level: string, message: string, fields: LogFields | undefined): void {
    this.lines.push(`${level}: ${message}${fields === undefined ? '' : ` ${JSON.stringify(fields)}`}`);
  }
}
