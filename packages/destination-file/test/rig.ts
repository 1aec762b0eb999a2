import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GrantexEvent, Logger } from '@grantex/core';
import { makeEvents } from '@grantex/testing';
import { FileDestination, type FileDestinationOptions } from '../src/index.js';

export function eventsOf(count: number): GrantexEvent[] {
  return makeEvents(count) as unknown as GrantexEvent[];
}

export function idsOf(events: readonly { readonly id: string }[]): string[] {
  return events.map(({ id }) => id);
}

export function linesOf(events: readonly GrantexEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

/** The ids of the events in a text of lines. Throws when a line is no whole event, or the last one is not ended. */
export function idsIn(text: string): string[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error(`the last line is not ended: ${text.slice(-100)}`);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: string }).id);
}

/** A directory of a test's own, deleted at its end. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'grantex-file-'));
  /** The log file. */
  readonly file = join(this.path, 'audit.ndjson');

  get names(): string[] {
    return readdirSync(this.path).toSorted();
  }

  /** Files that were renamed, the oldest first. */
  get rotated(): string[] {
    return this.names.filter((name) => name.startsWith('audit.ndjson.'));
  }

  read(name = 'audit.ndjson'): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  write(text: string | Uint8Array): void {
    writeFileSync(this.file, text);
  }

  /** The ids of all files, in the order of time. */
  ids(): string[] {
    const names = [...this.rotated, ...this.names.filter((name) => name === 'audit.ndjson')];
    return names.flatMap((name) => idsIn(this.read(name)));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const record = (level: string) => (message: string, fields?: object) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  return { lines, debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
}

export function destinationFor(
  path: string,
  options: Partial<FileDestinationOptions> = {},
  files?: ConstructorParameters<typeof FileDestination>[1],
): FileDestination {
  const retry = { initialMs: 1, maxMs: 1, holdMs: 1, maxHoldMs: 1 };
  return new FileDestination({ path, retry, logger: recordingLogger(), ...options }, files);
}

/** Sends the events and waits until they are settled. */
export async function deliver(destination: FileDestination, events: readonly GrantexEvent[]): Promise<void> {
  await destination.send(events);
  await destination.flush();
}
