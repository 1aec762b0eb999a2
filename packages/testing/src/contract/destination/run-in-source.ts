import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  EventSource,
  MemoryJournal,
  type DeliveryStats,
  type EventDestination,
  type GrantexEvent,
  type Logger,
  type NewDeadLetter,
} from '@grantex/core';
import { EventServer } from '../../event-server/event-server.js';
import type { ManualClock } from '../../manual-clock.js';
import { seededRandom } from '../../seeded-random.js';
import type { Run } from './run.js';

/** The manual clock may run for long, and the stream is none of the suite's business: it never counts as silent. */
const NEVER_SILENT_MS = 2 ** 31 - 1;

/** A destination in an `EventSource` that hears an event server on loopback. */
export class RunInSource implements Run {
  readonly destination: EventDestination;
  readonly #server: EventServer;
  readonly #source: EventSource;
  readonly #journal: MemoryJournal;
  readonly #running: Promise<void>;
  #sent = 0;
  #isOver = false;

  private constructor(destination: EventDestination, server: EventServer, source: EventSource, journal: MemoryJournal) {
    this.destination = destination;
    this.#server = server;
    this.#source = source;
    this.#journal = journal;
    this.#running = source.start();
    this.#running.catch(() => {}); // A stream that cannot be opened shows as events that do not come.
  }

  static async start(
    destination: EventDestination,
    { clock, logger }: { readonly clock: ManualClock; readonly logger: Logger },
  ): Promise<RunInSource> {
    const server = await EventServer.start();
    const journal = new MemoryJournal({ clock });
    const source = new EventSource({
      url: server.url,
      apiKey: server.key,
      journal,
      logger,
      clock,
      random: seededRandom(1),
      firstByteTimeoutMs: NEVER_SILENT_MS,
      silenceTimeoutMs: NEVER_SILENT_MS,
    });
    source.addDestination(destination);
    const run = new RunInSource(destination, server, source, journal);
    await server.subscribed();
    return run;
  }

  async send(events: readonly GrantexEvent[]): Promise<void> {
    this.#server.publish(events);
    this.#sent += events.length;
    const head = this.#sent;
    await this.#turnUntil(() => this.#journal.stats().head >= head);
  }

  async flush(): Promise<void> {
    await this.#turnUntil(() => this.#stats?.lag === 0);
  }

  async close(): Promise<void> {
    const { remaining } = await this.#source.stop();
    await this.#end();
    const [left] = remaining;
    if (left !== undefined) throw new Error(`${left.destination}: ${left.events} event(s) left`);
  }

  async deadLetters(): Promise<readonly NewDeadLetter[]> {
    return this.#journal.deadLetters.list({ limit: 1_000 });
  }

  attempts(): number | undefined {
    return this.#stats?.requests;
  }

  async abandon(): Promise<void> {
    this.#isOver = true;
    await this.#source.stop({ deadlineMs: 0 });
    await this.#end();
  }

  get #stats(): DeliveryStats | undefined {
    return this.#source.stats().destinations[this.destination.name];
  }

  async #turnUntil(holds: () => boolean): Promise<void> {
    while (!holds() && !this.#isOver) await nextTurn();
  }

  async #end(): Promise<void> {
    await this.#server.close();
    await this.#running.catch(() => {});
  }
}
