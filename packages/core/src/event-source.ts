import { Agent } from 'undici';
import { Delivery, type Remaining } from './delivery/delivery.js';
import type { Selection } from './delivery/assembler.js';
import type { DeliveryStats } from './delivery/delivery-stats.js';
import { targetOf } from './destination/target-of.js';
import type { EventDestination } from './destination/destination.js';
import { GrantexError } from './errors.js';
import { DeadLetterDesk } from './dead-letter-desk.js';
import { EventReader } from './event-reader.js';
import { tellFilling, tellOverrun, tellRemaining } from './event-source-log.js';
import { resolveSourceOptions, type EventSourceOptions, type ResolvedSourceOptions } from './event-source-options.js';
import type { GrantexEvent } from './events.js';
import { GapLedger } from './gap-ledger.js';
import type { DeadLetter, JournalStats, Overrun } from './journal/journal.js';
import { makeOwnEvent } from './own-event.js';
import { Pulse } from './pulse.js';
import type { RedeliveryReport } from './delivery/redelivery.js';
import { Connection } from './stream/connection.js';
import { Hearing } from './stream/hearing.js';
import { Intake, type IntakeStats } from './stream/intake.js';
import { sseTransport } from './stream/sse-transport.js';

export interface StopReport {
  /** What could not be delivered, destination by destination; empty when everything was. */
  readonly remaining: readonly Remaining[];
}

export interface SourceStats extends IntakeStats {
  /** `heard`: the first byte has come, so that events do. */
  readonly state: 'idle' | 'connecting' | 'heard' | 'stopping' | 'stopped';
  /** Since when the stream has not been heard. Unix epoch, milliseconds; undefined while it is. */
  readonly lostSince: number | undefined;
  readonly journal: JournalStats;
  readonly destinations: Readonly<Record<string, DeliveryStats>>;
}

interface Added {
  readonly destination: EventDestination;
  readonly delivery: Delivery<unknown>;
}

/** For closing a destination, when the time for delivering is used up. */
const CLOSE_GRACE_MS = 1_000;
/** How often the journal is told that a quiet stream is heard: by so much a gap after a crash is longer than it was. */
const NOTE_HEARD_MS = 5_000;

/**
 * Listens to the event stream and delivers what it hears to every destination.
 *
 * ```ts
 * const source = new EventSource({ url: 'https://api.grantex.dev', apiKey });
 * source.addDestination(new DatadogDestination({ apiKey: datadogKey }));
 * await source.start(); // runs until stop()
 * ```
 */
export class EventSource {
  readonly #options: ResolvedSourceOptions;
  readonly #added = new Map<string, Added>();
  readonly #readers = new Set<EventReader>();
  readonly #hearing: Hearing;
  readonly #intake: Intake;
  readonly #gaps: GapLedger;
  readonly #pulses: Pulse[] = [];
  /** Ends the waiting for a journal that another process has. */
  readonly #waiting = new AbortController();
  #connections: readonly Connection[] = [];
  #listening: Promise<void> | undefined;
  #state: 'idle' | 'running' | 'stopping' | 'stopped' = 'idle';
  #stopped: Promise<StopReport> | undefined;
  /** Resolves when everything but the connection is ready. */
  #opened: Promise<void> | undefined;
  #dispatcher: Agent | undefined;
  #readerCount = 0;
  /** What could not be delivered, and why: to be listed, sent again, or removed. */
  readonly deadLetters: DeadLetterDesk;

  constructor(options: EventSourceOptions) {
    this.#options = resolveSourceOptions(options);
    const { journal, types, clock, random, logger, onGap, gapEvents } = this.#options;
    const heardUntil = (): number | undefined => this.#hearing.heardUntil;
    this.#intake = new Intake({ journal, types, heardUntil, clock, random, logger });
    const addEvent = gapEvents ? this.#intake.add.bind(this.#intake) : undefined;
    this.#gaps = new GapLedger({ journal, logger, onGap, addEvent });
    this.#hearing = new Hearing(
      (gap) => this.#gaps.add(gap),
      () => this.#intake.delayMs,
    );
    this.deadLetters = new DeadLetterDesk(journal.deadLetters, (name, letters) => this.#redeliver(name, letters));
  }

  /** Adds a destination, before `start()`. Throws when another one of the same `name` was added. */
  addDestination(destination: EventDestination, selection: Selection = {}): this {
    if (this.#state !== 'idle') {
      throw new GrantexError('STATE_INVALID', 'addDestination() has to be called before start()');
    }
    if (this.#added.has(destination.name)) {
      throw new GrantexError(
        'STATE_INVALID',
        `a destination named "${destination.name}" was added before; give one of them another name`,
      );
    }
    const { journal, clock, random, logger } = this.#options;
    const target = targetOf(destination);
    const delivery = new Delivery({ target, journal, selection, clock, random, logger });
    this.#added.set(destination.name, { destination, delivery });
    return this;
  }

  /**
   * Runs until `stop()` has finished. Rejects with a `StreamError` when the first connect is refused for good; later
   * trouble is retried for ever.
   */
  start(): Promise<void> {
    if (this.#state === 'idle' && this.#added.size === 0 && this.#readers.size === 0) {
      return Promise.reject(
        new GrantexError('STATE_INVALID', 'start() without anybody to read: call addDestination(), or use for await'),
      );
    }
    if (this.#state !== 'idle') {
      return Promise.reject(new GrantexError('STATE_INVALID', 'start() was called before; make a new EventSource'));
    }
    this.#state = 'running';
    return this.#run();
  }

  /**
   * Resolves when the stream is heard: the first byte has come. On a quiet stream that takes up to 30 s. Rejects when the
   * source is stopped, or refused, before.
   */
  ready(): Promise<void> {
    return this.#hearing.ready();
  }

  /**
   * Stops listening, delivers what has been received, closes the destinations and the journal. After `deadlineMs` it ends
   * all the same, and reports what is left. A destination that is held gets one attempt.
   */
  stop({ deadlineMs = 20_000 }: { readonly deadlineMs?: number } = {}): Promise<StopReport> {
    this.#stopped ??= this.#stop(deadlineMs);
    return this.#stopped;
  }

  stats(): SourceStats {
    const state = this.#state === 'running' ? (this.#hearing.isHeard ? 'heard' : 'connecting') : this.#state;
    const destinations = [...this.#added].map(([name, { delivery }]) => [name, delivery.stats()] as const);
    return {
      state,
      lostSince: this.#hearing.lostSince,
      ...this.#intake.stats(),
      journal: this.#options.journal.stats(),
      destinations: Object.fromEntries(destinations),
    };
  }

  /**
   * Reads the stream without a destination: an event is settled when the next one is asked for, and `break` ends the
   * reading. Starts the source if nobody has; then `break` stops it, too.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<GrantexEvent> {
    let isOwner = false;
    const reader: EventReader = new EventReader({
      name: `for await ${++this.#readerCount}`,
      journal: this.#options.journal,
      onBegin: async () => {
        if (this.#state === 'idle') {
          isOwner = true;
          this.start().catch((error: unknown) => reader.fail(error));
        }
        await this.#opened;
        await reader.open();
      },
      onEnd: async () => {
        this.#readers.delete(reader);
        if (isOwner) await this.stop();
      },
    });
    this.#readers.add(reader);
    return reader;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    try {
      this.#opened = this.#open();
      // With a takeover the stream is heard already while another process still has the journal.
      if (this.#options.takeover) await Promise.race([this.#opened, this.#listen()]);
      await this.#opened;
      await this.#listen();
    } catch (error) {
      // Stopped while another process still had the journal: that is no failure.
      if (error === this.#waiting.signal.reason) return void (await this.stop());
      this.#waiting.abort(error);
      for (const reader of this.#readers) reader.fail(error);
      await this.stop();
      throw error;
    }
    await this.stop();
  }

  /** Resolves when the connection was stopped. */
  #listen(): Promise<void> {
    this.#listening ??= this.#connect();
    return this.#listening;
  }

  async #connect(): Promise<void> {
    const { url, apiKey, types, connection: options, clock, random, logger } = this.#options;
    const dispatcher = this.#options.dispatcher ?? this.#ownDispatcher();
    const transport = sseTransport(dispatcher, () => clock.now());
    const [intake, hearing] = [this.#intake, this.#hearing];
    const connection = new Connection({
      transport,
      url,
      apiKey,
      types,
      intake,
      hearing,
      options,
      clock,
      random,
      logger,
    });
    this.#connections = [connection];
    await connection.run();
  }

  /** Makes everything ready but the connection: once that is open, events come. */
  async #open(): Promise<void> {
    const { journal, takeover, clock, logger } = this.#options;
    const observer = {
      onOverrun: (overrun: Overrun, started: boolean) => this.#onOverrun(overrun, started),
      onFilling: (percent: number, slowest: string, msLeft: number | undefined) =>
        tellFilling(logger, percent, slowest, msLeft),
    };
    const onAppended = (ids: readonly string[]): void => this.#intake.dropAppended(ids);
    const { recentIds, heardUntil } = await journal.open(
      observer,
      takeover ? { signal: this.#waiting.signal, onAppended } : undefined,
    );
    for (const { delivery } of this.#added.values()) await delivery.start();
    this.#intake.open(recentIds);
    this.#gaps.open(heardUntil);
    this.#hearing.resume(heardUntil);
    this.#pulses.push(
      new Pulse(clock, NOTE_HEARD_MS, () => this.#intake.noteHeard().catch(() => {})), // Told by the appends.
    );
    const { heartbeatMs } = this.#options;
    if (heartbeatMs > 0) this.#pulses.push(new Pulse(clock, heartbeatMs, () => this.#beat()));
  }

  #beat(): void {
    const { state, received } = this.stats();
    this.#intake.add(makeOwnEvent('grantex.heartbeat', { state, received }, this.#options.clock.now()));
  }

  #redeliver(name: string, letters: readonly DeadLetter[]): Promise<RedeliveryReport> {
    const added = this.#added.get(name);
    if (added !== undefined && this.#state === 'running') return added.delivery.redeliver(letters);
    const why =
      name === 'stream'
        ? 'a frame that is no event cannot be sent'
        : added === undefined
          ? `there is no destination named "${name}"`
          : 'the source is not running';
    return Promise.reject(new GrantexError('STATE_INVALID', why));
  }

  async #stop(deadlineMs: number): Promise<StopReport> {
    const { clock, journal, logger } = this.#options;
    const wasStarted = this.#state === 'running';
    this.#state = 'stopping';
    this.#hearing.end();
    this.#waiting.abort(new GrantexError('STATE_INVALID', 'the source was stopped before the journal was free'));
    const deadline = new AbortController();
    const timer = new AbortController();
    clock.sleep(deadlineMs, timer.signal).then(
      () => deadline.abort(),
      () => {}, // Stopped in time.
    );
    const remaining = wasStarted ? await this.#drain(deadline.signal) : [];
    await Promise.all([...this.#added.values()].map(({ destination }) => this.#close(destination, deadline.signal)));
    timer.abort();
    await journal.close();
    await this.#dispatcher?.destroy();
    this.#state = 'stopped';
    for (const left of remaining) tellRemaining(logger, left);
    return { remaining };
  }

  /** Ends the connections, then delivers what there is. */
  async #drain(deadline: AbortSignal): Promise<readonly Remaining[]> {
    await this.#opened?.catch(() => {}); // start() has told it; what was opened is closed below.
    await Promise.all(this.#pulses.map((pulse) => pulse.stop()));
    await Promise.all(this.#connections.map((connection) => connection.stop()));
    await Promise.race([this.#intake.close(deadline), abortedSoon(deadline)]);
    const deliveries = [...this.#added.values()].map(({ delivery }) => delivery.stop(deadline));
    const remaining = await Promise.all(deliveries);
    for (const reader of this.#readers) reader.finish();
    return remaining.filter((each) => each !== undefined);
  }

  /** Closes a destination. One that does not return in time is left alone. */
  async #close(destination: EventDestination, deadline: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    const { name } = destination;
    const over = new AbortController();
    const closing = destination.close().catch((error: unknown) => {
      const message = targetOf(destination).redact(error instanceof Error ? error.message : String(error));
      logger.error(`${name}: close() failed: ${message}`);
    });
    const grace = abortedSoon(deadline).then(() => clock.sleep(CLOSE_GRACE_MS, over.signal).catch(() => {}));
    await Promise.race([closing, grace]);
    over.abort();
  }

  #ownDispatcher(): Agent {
    // Time-outs are the connection's own: a quiet stream sends no headers for 30 s.
    this.#dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 10_000 } });
    return this.#dispatcher;
  }

  #onOverrun(overrun: Overrun, started: boolean): void {
    this.#added.get(overrun.destination)?.delivery.noteOverrun(overrun, started);
    if (started) tellOverrun(this.#options.logger, overrun);
  }
}

/** Resolves when the signal aborts. */
function abortedSoon(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
