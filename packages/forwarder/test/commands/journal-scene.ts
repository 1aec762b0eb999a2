import { EventSource, silentLogger, type GrantexEvent } from '@grantex/core';
import { httpDefinition } from '@grantex/destination-http';
import { JournalReader, SqliteJournal } from '@grantex/journal-sqlite';
import { EventServer, HttpReceiver, makeEvent, type TestEvent } from '@grantex/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalFile } from '../../src/settings/journal-file.js';
import type { DestinationSettings, Settings } from '../../src/settings/settings.js';
import { TestContext, until } from './terminal-context.js';

export interface SceneOptions {
  readonly sources?: readonly string[];
  /** By destination: what may differ from the usual settings. */
  readonly destinations?: Readonly<Record<string, Partial<DestinationSettings>>>;
  readonly journal?: Partial<Settings['journal']>;
}

/** A source that runs, as the program would run it. */
export interface Run {
  readonly events: EventSource;
  stop(): Promise<void>;
}

/** An event server, services that take events, and settings that lead from one to the others; all of it real. */
export class JournalScene implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'forwarder-'));
  readonly settings: Settings;
  readonly server: EventServer;
  readonly receivers: ReadonlyMap<string, HttpReceiver>;
  readonly #runs = new Set<Run>();

  private constructor(server: EventServer, receivers: ReadonlyMap<string, HttpReceiver>, options: SceneOptions) {
    this.server = server;
    this.receivers = receivers;
    const sources = options.sources ?? ['production'];
    this.settings = {
      file: join(this.folder, 'grantex-forwarder.yaml'),
      watchedFiles: [],
      sources: sources.map((name) => ({
        name,
        url: server.url,
        apiKey: server.key,
        types: undefined,
        transport: 'sse',
        maxConnectionAgeMs: undefined,
        gapEvents: false,
        heartbeatMs: undefined,
        allowInsecureHosts: [],
      })),
      journal: {
        type: 'disk',
        folder: this.folder,
        maxBytes: 100_000_000,
        whenFull: 'overrun',
        retainMs: 3_600_000,
        maxDeadLetters: 10_000,
        ...options.journal,
      },
      connections: 1,
      destinations: [...receivers].map(([name, { url }]) => ({
        name,
        type: 'http',
        definition: httpDefinition,
        options: { name, url, flushIntervalMs: 1, retry: { initialMs: 1, maxMs: 5, holdMs: 10, maxHoldMs: 20 } },
        sources,
        enabled: true,
        from: 'head',
        filter: undefined,
        transform: undefined,
        fingerprint: name,
        ...options.destinations?.[name],
      })),
      server: { http: undefined, socket: join(this.folder, 'control.sock'), stopDeadlineMs: 1_000 },
      logging: { level: 'info', format: 'auto' },
      metrics: { otlp: undefined },
    };
  }

  static async begin(options: SceneOptions = {}): Promise<JournalScene> {
    const receivers = new Map<string, HttpReceiver>();
    for (const name of Object.keys(options.destinations ?? { sink: {} }))
      receivers.set(name, await HttpReceiver.start());
    return new JournalScene(await EventServer.start(), receivers, options);
  }

  receiver(name = 'sink'): HttpReceiver {
    const receiver = this.receivers.get(name);
    if (receiver === undefined) throw new Error(`there is no receiver ${name}`);
    return receiver;
  }

  /** Starts a source with its destinations; resolves when the stream is heard. */
  async run(source = 'production', only?: readonly string[]): Promise<Run> {
    const { maxBytes, whenFull, retainMs, maxDeadLetters } = this.settings.journal;
    const path = journalFile(this.settings.journal, source);
    const journal = new SqliteJournal({ path, maxBytes, whenFull, retainMs, maxDeadLetters });
    const events = new EventSource({ url: this.server.url, apiKey: this.server.key, journal, logger: silentLogger });
    for (const { name, definition, options, filter, transform } of this.settings.destinations) {
      if (only !== undefined && !only.includes(name)) continue;
      events.addDestination(definition.from(options, { logger: silentLogger }), { filter, transform });
    }
    const before = this.server.connections;
    const running = events.start();
    await Promise.race([this.server.subscribed(before + 1), running]);
    const run: Run = {
      events,
      stop: async () => {
        this.#runs.delete(run);
        await events.stop({ deadlineMs: 200 });
        await running;
      },
    };
    this.#runs.add(run);
    return run;
  }

  /** Publishes events made now; resolves when the source has received them. */
  async publish(run: Run, count = 1, overrides: Partial<TestEvent> = {}): Promise<readonly TestEvent[]> {
    const made = Array.from({ length: count }, () => makeEvent('grant.created', overrides));
    const before = run.events.stats().received;
    this.server.publish(made);
    await until(
      () => run.events.stats().received >= before + count,
      () => `received ${run.events.stats().received - before} of ${count}`,
    );
    return made;
  }

  /** Resolves when nothing waits for the destination. */
  async settled(run: Run, destination = 'sink'): Promise<void> {
    await until(
      () => run.events.stats().destinations[destination]?.lag === 0,
      () => JSON.stringify(run.events.stats().destinations),
    );
  }

  /** Makes a receiver refuse these events for good. Resolves when each of them, published now, is a dead letter. */
  async giveUp(run: Run, count = 1, name = 'sink'): Promise<readonly TestEvent[]> {
    this.receiver(name).answer(({ body }) => {
      return body.includes('grant.revoked') ? { status: 422, body: 'no such field' } : { status: 200 };
    });
    const before = run.events.deadLetters.size;
    const events = await this.publish(run, count, { type: 'grant.revoked' });
    // An event is given up when others were accepted meanwhile.
    while (run.events.deadLetters.size < before + count) {
      await this.publish(run);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return events;
  }

  reader(source = 'production'): JournalReader {
    return new JournalReader(journalFile(this.settings.journal, source));
  }

  /** How many there are, in the file. */
  deadLetters(source = 'production'): number {
    using reader = this.reader(source);
    return reader.deadLetterNumbers().length;
  }

  context(): TestContext {
    return new TestContext({ folder: this.folder });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#runs].map((run) => run.stop()));
    await this.server.close();
    await Promise.all([...this.receivers.values()].map((receiver) => receiver.close()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A filter of settings: by the type. */
export function onlyTypes(...types: readonly string[]): (event: GrantexEvent) => boolean {
  return (event) => types.includes(event.type);
}
