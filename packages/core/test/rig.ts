import { EventSource, MemoryJournal, type MemoryJournalOptions, type EventSourceOptions } from '@grantex/core';
import { EventServer, HttpReceiver, type HttpReceiverOptions, type TestEvent } from '@grantex/testing';
import { ArrayDestination, idsOf, type ArrayOptions } from './array-destination.js';
import { RecordingLogger } from './recording-logger.js';

/** Quick retries: the tests wait for real. */
export const QUICK_RETRY = { initialMs: 10, maxMs: 100, holdMs: 50, maxHoldMs: 200 };

/** An event server, a source and receivers, with everything closed at the end of the block. */
export class Rig {
  readonly server: EventServer;
  readonly source: EventSource;
  readonly journal: MemoryJournal;
  readonly logger = new RecordingLogger();
  readonly #receivers: HttpReceiver[] = [];
  #running: Promise<void> | undefined;

  private constructor(server: EventServer, journal: MemoryJournal, options: Partial<EventSourceOptions>) {
    this.server = server;
    this.journal = journal;
    this.source = new EventSource({ url: server.url, apiKey: server.key, logger: this.logger, journal, ...options });
  }

  static async start(
    options: { source?: Partial<EventSourceOptions>; journal?: MemoryJournalOptions } = {},
  ): Promise<Rig> {
    const journal = new MemoryJournal(options.journal);
    return new Rig(await EventServer.start(), journal, options.source ?? {});
  }

  /** A receiver, and an `ArrayDestination` for it. */
  async receiver(
    options: Partial<ArrayOptions> = {},
    receiverOptions: HttpReceiverOptions = {},
  ): Promise<{ receiver: HttpReceiver; destination: ArrayDestination }> {
    const receiver = await HttpReceiver.start({ parse: idsOf, ...receiverOptions });
    this.#receivers.push(receiver);
    const url = `http://127.0.0.1:${receiver.port}/`;
    return { receiver, destination: new ArrayDestination({ url, retry: QUICK_RETRY, ...options }) };
  }

  /** Starts the source and resolves when it hears the server. */
  async listen(): Promise<void> {
    this.#running = this.source.start();
    await this.server.subscribed();
  }

  /** Publishes, not faster than the sockets take. */
  async publish(events: readonly TestEvent[]): Promise<void> {
    for (let start = 0; start < events.length; start += 1_000) {
      this.server.publish(events.slice(start, start + 1_000));
      await this.server.drained({ belowBytes: 1_000_000 });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.stop({ deadlineMs: 100 });
    await this.#running;
    await this.server.close();
    for (const receiver of this.#receivers) await receiver.close();
  }
}

/** Waits until the condition holds; rejects with its name after `timeoutMs`. */
export async function until(name: string, condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !condition();) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for: ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function idsOfEvents(events: readonly TestEvent[]): string[] {
  return events.map(({ id }) => id);
}
