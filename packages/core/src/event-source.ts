// Above 300 lines: the one class that everybody uses, a third of it docstrings; its parts are in files of their own.
import { aborted } from './closing.js';
import { tellCopies } from './copies.js';
import { withDeadline } from './deadline.js';
import { Deliveries, type Addition } from './deliveries.js';
import type { Remaining } from './delivery/delivery-parts.js';
import type { EventDestination } from './destination/destination.js';
import { GrantexError } from './errors.js';
import { DeadLetterDesk } from './dead-letter-desk.js';
import { EventReader } from './event-reader.js';
import { tellFilling, tellLeft, tellOverrun, tellRemaining } from './event-source-log.js';
import { resolveSourceOptions, type EventSourceOptions, type ResolvedSourceOptions } from './event-source-options.js';
import type { GrantexEvent } from './events.js';
import { GapLedger } from './gap-ledger.js';
import type { Overrun } from './journal/journal.js';
import { makeOwnEvent } from './own-event.js';
import { Pulse } from './pulse.js';
import { Connections } from './stream/connections.js';
import { Hearing } from './stream/hearing.js';
import type { SourceStats, StopOptions, StopReport } from './source-stats.js';
import { Intake } from './stream/intake.js';
import { streamTransports } from './stream/stream-transports.js';

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
  readonly #deliveries: Deliveries;
  readonly #readers = new Set<EventReader>();
  readonly #hearing: Hearing;
  readonly #intake: Intake;
  readonly #gaps: GapLedger;
  readonly #pulses: Pulse[] = [];
  /** Ends the waiting for a journal that another process has. */
  readonly #waiting = new AbortController();
  #connections: Connections | undefined;
  #closeTransports: (() => Promise<void>) | undefined;
  #listening: Promise<void> | undefined;
  #state: 'idle' | 'running' | 'stopping' | 'stopped' = 'idle';
  #stopped: Promise<StopReport> | undefined;
  /** Resolves when everything but the connection is ready. */
  #opened: Promise<void> | undefined;
  #readerCount = 0;
  /** What could not be delivered, and why: to be listed, sent again, or removed. */
  readonly deadLetters: DeadLetterDesk;

  constructor(options: EventSourceOptions) {
    this.#options = resolveSourceOptions(options);
    const { journal, types, clock, random, logger, onGap, gapEvents } = this.#options;
    const heardUntil = (delayMs: number): number | undefined =>
      this.#gaps.isBehind ? undefined : this.#hearing.heardUntil(delayMs);
    const isReadingAhead = (): boolean => this.#deliveries.areOutrun;
    this.#intake = new Intake({ journal, types, heardUntil, isReadingAhead, clock, random, logger });
    const addEvent = gapEvents ? this.#intake.add.bind(this.#intake) : undefined;
    this.#gaps = new GapLedger({ journal, logger, onGap, addEvent });
    this.#hearing = new Hearing(
      (gap) => this.#gaps.add(gap),
      () => this.#intake.delayMs,
    );
    this.#deliveries = new Deliveries({ journal, clock, random, logger });
    this.deadLetters = new DeadLetterDesk(journal.deadLetters, async (name, letters) => {
      this.#mustRun();
      return this.#deliveries.redeliver(name, letters);
    });
  }

  /** Adds a destination, before `start()`. Throws when another one of the same `name` was added. */
  addDestination(destination: EventDestination, addition: Addition = {}): this {
    if (this.#state !== 'idle') {
      throw new GrantexError(
        'STATE_INVALID',
        'addDestination() has to be called before start(); later there is attach()',
      );
    }
    this.#deliveries.add(destination, addition);
    return this;
  }

  /**
   * Adds a destination while the source runs; resolves when what is received from now on goes to it as well. One of a name
   * that the journal knows goes on where the last one of that name stopped.
   */
  async attach(destination: EventDestination, addition: Addition = {}): Promise<void> {
    await this.opened();
    await this.#deliveries.attach(destination, addition);
  }

  /**
   * Takes a destination away while the source runs: its requests under way are finished, within `deadlineMs`, and it is
   * closed. What it has not settled stays in the journal, for another one of the same name, or until `forget()`. Resolves
   * to that; undefined when there is nothing.
   */
  async detach(
    name: string,
    { deadlineMs = 20_000 }: { readonly deadlineMs?: number } = {},
  ): Promise<Remaining | undefined> {
    await this.opened();
    return withDeadline(deadlineMs, this.#options.clock, (deadline) => this.#deliveries.detach(name, deadline));
  }

  /**
   * Forgets what waits for a destination that was detached, or that an earlier run had. Resolves to how many events that
   * discards.
   */
  async forget(name: string): Promise<number> {
    await this.opened();
    if (this.#deliveries.has(name)) throw new GrantexError('STATE_INVALID', `"${name}" has to be detached first`);
    return this.#options.journal.dropCursor(name);
  }

  /**
   * Runs until `stop()` has finished. Rejects with a `StreamError` when the first connect is refused for good; later
   * trouble is retried for ever.
   */
  start(): Promise<void> {
    if (this.#state === 'idle' && this.#deliveries.size === 0 && this.#readers.size === 0) {
      return Promise.reject(
        new GrantexError('STATE_INVALID', 'start() without anybody to read: call addDestination(), or use for await'),
      );
    }
    if (this.#state !== 'idle') {
      return Promise.reject(new GrantexError('STATE_INVALID', 'start() was called before; make a new EventSource'));
    }
    this.#state = 'running';
    tellCopies(this.#options.logger); // By now the destinations are there, and what they have loaded.
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
   * Resolves when the journal is open and its events are delivered; with a takeover that is when the other process has let
   * go of it. Rejects when the source is not running, or no more.
   */
  async opened(): Promise<void> {
    this.#mustRun();
    await this.#opened;
    this.#mustRun();
  }

  /**
   * Stops listening, delivers what has been received, closes the destinations and the journal. After `deadlineMs` it ends
   * all the same, and reports what is left. A destination that is held gets one attempt. With `drain: false` only the
   * requests under way are finished: for a journal that survives, when another process is about to go on.
   */
  stop({ deadlineMs = 20_000, drain = true }: StopOptions = {}): Promise<StopReport> {
    this.#stopped ??= withDeadline(deadlineMs, this.#options.clock, (deadline) => this.#stop(deadline, drain));
    return this.#stopped;
  }

  /**
   * Replaces each connection by a new one, before which the `apiKey` function is asked: the old one is closed when the new
   * one is heard, so nothing is missed. Where there is no slot for one more, the old one stays.
   */
  async reconnect(): Promise<void> {
    await this.#connections?.reconnect();
  }

  stats(): SourceStats {
    const state = this.#state === 'running' ? (this.#hearing.isHeard ? 'heard' : 'connecting') : this.#state;
    return {
      state,
      lostSince: this.#hearing.lostSince,
      ...this.#intake.stats(),
      journal: this.#options.journal.stats(),
      destinations: this.#deliveries.stats(),
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
    const { url, apiKey, types, clock, random, logger, dispatcher, agent } = this.#options;
    const { transports: names, connections: count, maxConnectionAgeMs: maxAgeMs, connection: options } = this.#options;
    const { transports, close } = streamTransports(names, { dispatcher, agent, now: () => clock.now() });
    const [intake, hearing] = [this.#intake, this.#hearing];
    const server = { url, apiKey, types, transports, count, maxAgeMs, options };
    this.#connections = new Connections({ ...server, intake, hearing, clock, random, logger });
    this.#closeTransports = close;
    await this.#connections.run();
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
    await this.#deliveries.start();
    this.#intake.open(recentIds);
    this.#gaps.open(heardUntil);
    this.#hearing.resume(heardUntil);
    this.#pulses.push(
      new Pulse(clock, NOTE_HEARD_MS, async () => {
        await this.#gaps.record();
        await this.#intake.noteHeard().catch(() => {}); // Told by the appends.
      }),
    );
    // The first time at once: whatever ends this run, the next one knows that somebody had listened.
    this.#hearing.ready().then(
      () => this.#intake.noteHeard().catch(() => {}),
      () => {}, // It ended before.
    );
    const { heartbeatMs } = this.#options;
    if (heartbeatMs > 0) this.#pulses.push(new Pulse(clock, heartbeatMs, () => this.#beat()));
  }

  #beat(): void {
    const { state, received } = this.stats();
    this.#intake.add(makeOwnEvent('grantex.heartbeat', { state, received }, this.#options.clock.now()));
  }

  #mustRun(): void {
    if (this.#state !== 'running') throw new GrantexError('STATE_INVALID', 'the source is not running');
  }

  async #stop(deadline: AbortSignal, drain: boolean): Promise<StopReport> {
    const { journal, logger } = this.#options;
    const wasStarted = this.#state === 'running';
    this.#state = 'stopping';
    this.#hearing.end();
    this.#waiting.abort(new GrantexError('STATE_INVALID', 'the source was stopped before the journal was free'));
    const remaining = wasStarted ? await this.#end(deadline, drain) : [];
    await this.#deliveries.close(deadline);
    await journal.close();
    await this.#closeTransports?.();
    this.#state = 'stopped';
    for (const left of remaining) (drain ? tellRemaining : tellLeft)(logger, left);
    return { remaining };
  }

  /** Ends the connections, then the deliveries. */
  async #end(deadline: AbortSignal, drain: boolean): Promise<readonly Remaining[]> {
    await this.#opened?.catch(() => {}); // start() has told it; what was opened is closed below.
    await Promise.all(this.#pulses.map((pulse) => pulse.stop()));
    await this.#connections?.stop();
    await Promise.race([this.#gaps.record().then(() => this.#intake.close(deadline)), aborted(deadline)]);
    const remaining = await this.#deliveries.stop(deadline, drain);
    for (const reader of this.#readers) reader.finish();
    return remaining;
  }

  #onOverrun(overrun: Overrun, started: boolean): void {
    this.#deliveries.noteOverrun(overrun, started);
    if (started) tellOverrun(this.#options.logger, overrun);
  }
}
