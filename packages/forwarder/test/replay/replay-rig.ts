import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GrantexEvent } from '@grantex/core';
import { datadogDefinition, fileDefinition, httpDefinition } from '@grantex/destinations';
import { onTestFinished } from 'vitest';
import { findInputs } from '../../src/replay/inputs.js';
import type { ReplayReport } from '../../src/replay/report.js';
import type { ReplayCommandOptions } from '../../src/replay/replay-options.js';
import { openStore } from '../../src/replay/s3-store.js';
import { sendStored } from '../../src/replay/send-stored.js';
import type { DestinationSettings, Settings } from '../../src/settings/settings.js';
import { TestContext } from '../commands/terminal-context.js';

const DEFINITIONS = { datadog: datadogDefinition, file: fileDefinition, http: httpDefinition };

/** A destination of the settings, as the file would say it. */
export function destinationSettings(
  type: keyof typeof DEFINITIONS,
  options: Readonly<Record<string, unknown>>,
  more: Partial<DestinationSettings> = {},
): DestinationSettings {
  return {
    name: type,
    type,
    definition: DEFINITIONS[type],
    options: { name: type, ...options },
    sources: ['production'],
    enabled: true,
    from: 'head',
    filter: undefined,
    transform: undefined,
    fingerprint: '',
    ...more,
  };
}

export function settingsOf(folder: string, destinations: readonly DestinationSettings[]): Settings {
  return {
    file: join(folder, 'grantex-forwarder.yaml'),
    watchedFiles: [],
    sources: [],
    journal: {
      type: 'disk',
      folder: join(folder, 'data'),
      maxBytes: 1e9,
      whenFull: 'overrun',
      retainMs: 0,
      maxDeadLetters: 100,
    },
    connections: 2,
    destinations,
    server: { http: undefined, socket: join(folder, 'control.sock'), stopDeadlineMs: 2_000 },
    logging: { level: 'info', format: 'auto' },
    metrics: { otlp: undefined },
  };
}

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'grantex-replay-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export function ndjson(events: readonly object[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

/** One run of the command, from the checked settings on. */
export class ReplayRun {
  readonly context: TestContext;
  readonly ended: Promise<unknown>;

  constructor(
    folder: string,
    destination: DestinationSettings,
    names: readonly string[],
    {
      isChosen = () => true,
      stdin,
      ...options
    }: Partial<ReplayCommandOptions> & { isChosen?: (event: GrantexEvent) => boolean; stdin?: string } = {},
  ) {
    this.context = new TestContext({ folder });
    if (stdin !== undefined) this.context.stdin.end(stdin);
    this.ended = this.#run(folder, destination, names, isChosen, { filter: true, transform: true, ...options });
    this.ended.catch(() => {}); // Looked at by the test, maybe later.
  }

  get report(): ReplayReport {
    return JSON.parse(this.context.out) as ReplayReport;
  }

  async #run(
    folder: string,
    destination: DestinationSettings,
    names: readonly string[],
    isChosen: (event: GrantexEvent) => boolean,
    options: ReplayCommandOptions,
  ): Promise<void> {
    const settings = settingsOf(folder, [destination]);
    const store = (bucket: string) => openStore(bucket, settings, this.context.env);
    const { stdin, signal } = this.context;
    const inputs = await findInputs(names, { stdin, folder, store, signal });
    await sendStored(
      this.context,
      { json: true, ...options },
      { asked: names, settings, destination, inputs, isChosen },
    );
  }
}

/** What the replays of a folder keep there. */
export async function keptFiles(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(join(folder, 'data'));
  } catch {
    return []; // Nothing was ever kept.
  }
}

export async function keptFile(folder: string, end: string): Promise<string> {
  const name = (await keptFiles(folder)).find((each) => each.endsWith(end));
  return readFile(join(folder, 'data', name ?? ''), 'utf8');
}
