import { deepEqual } from 'node:assert/strict';
import type { GrantexEvent, NewDeadLetter } from '@grantex/core';
import { makeEvents } from '../../events/make-events.js';
import { ManualClock } from '../../manual-clock.js';
import { isDone } from '../is-done.js';
import { countSockets, type TimerWatch } from '../open-resources.js';
import { Passage } from '../passage.js';
import { RecordingLogger } from '../recording-logger.js';
import type { DestinationSubject, SubjectOptions, SubjectSetup } from './destination-subject.js';
import { RunAlone } from './run-alone.js';
import { RunInSource } from './run-in-source.js';
import type { Run, Way } from './run.js';

/** Events in a request at most. */
export const BATCH_SIZE = 5;
/** Milliseconds that an event waits for its batch to become full. */
export const FLUSH_INTERVAL_MS = 1_000;
/** Milliseconds for one attempt: as for a plain destination in a source, where it cannot be chosen. */
export const TIMEOUT_MS = 60_000;
const RETRY = { initialMs: 500, maxMs: 8_000, holdMs: 5_000, maxHoldMs: 10_000 };

/** All delays of a batching destination are shorter, and its time-outs longer: the 20 s of `close` and {@link TIMEOUT_MS}. */
const HORIZON_MS = 15_000;
/** A plain destination has the source's delays: 30 s of backoff at most, and probes after 5, 10, 20 and 40 s. */
const PLAIN_HORIZON_MS = 45_000;

export interface SceneOptions {
  readonly way: Way;
  readonly isPlain: boolean;
  /** The clock's first moment, and the time of the first event. */
  readonly startTime: number;
  readonly patienceMs: number;
  /** Counts timers, when it is given: that slows everything down. */
  readonly timers: TimerWatch | undefined;
}

/** One test: a subject, its destination in use, and a clock that stands still. */
export class Scene implements AsyncDisposable {
  readonly subject: DestinationSubject;
  readonly run: Run;
  readonly clock: ManualClock;
  readonly logger: RecordingLogger;
  readonly isPlain: boolean;
  readonly #socketsBefore: number;
  readonly #timers: TimerWatch | undefined;
  readonly #time: Passage;
  readonly #startTime: number;
  #made = 0;

  private constructor(
    parts: {
      readonly subject: DestinationSubject;
      readonly run: Run;
      readonly clock: ManualClock;
      readonly logger: RecordingLogger;
      readonly socketsBefore: number;
      readonly timers: TimerWatch | undefined;
    },
    { isPlain, startTime, patienceMs }: SceneOptions,
  ) {
    this.subject = parts.subject;
    this.run = parts.run;
    this.clock = parts.clock;
    this.logger = parts.logger;
    this.#socketsBefore = parts.socketsBefore;
    this.#timers = parts.timers;
    this.isPlain = isPlain;
    this.#startTime = startTime;
    this.#time = new Passage(this.clock, {
      horizonMs: isPlain ? PLAIN_HORIZON_MS : HORIZON_MS,
      patienceMs,
      // A request came, or its answer: then nobody watches over its time any more.
      progress: () => this.subject.requests().length + this.clock.waiting.aborted,
    });
  }

  static async open(setup: SubjectSetup, options: SceneOptions): Promise<Scene> {
    const clock = new ManualClock(options.startTime);
    const logger = new RecordingLogger();
    const subject = await setup({ clock });
    const socketsBefore = countSockets();
    const { timers } = options;
    timers?.begin();
    const letters: NewDeadLetter[] = [];
    const destination = await subject.destination({
      name: 'subject',
      batchSize: BATCH_SIZE,
      flushIntervalMs: FLUSH_INTERVAL_MS,
      timeoutMs: TIMEOUT_MS,
      retry: RETRY,
      onDeadLetter: (letter) => letters.push(letter),
      logger,
      clock,
    } satisfies SubjectOptions);
    const run =
      options.way === 'alone'
        ? new RunAlone(destination, letters)
        : await RunInSource.start(destination, { clock, logger });
    return new Scene({ subject, run, clock, logger, socketsBefore, timers }, options);
  }

  /** So many further events. */
  events(count: number): GrantexEvent[] {
    const events = makeEvents(this.#made + count, { startTime: this.#startTime, intervalMs: 1 }).slice(this.#made);
    this.#made += count;
    return events as unknown as GrantexEvent[];
  }

  /** Sends so many further events, and returns their ids. The clock stands still. */
  async send(count: number): Promise<string[]> {
    const events = this.events(count);
    await this.sendThese(events);
    return events.map(({ id }) => id);
  }

  async sendThese(events: readonly GrantexEvent[]): Promise<void> {
    await this.#time.during('send() resolves', this.run.send(events), 0);
  }

  /** Everything sent is settled; time passes. */
  async flush(): Promise<void> {
    await this.during('everything sent is settled', this.run.flush());
  }

  /** Closes; time passes, but not the 20 s that closing may take. */
  async close(): Promise<void> {
    await this.#time.during('close() ends', this.run.close(), HORIZON_MS);
  }

  /** The ids that the service has stored, each where it came first. */
  async stored(): Promise<string[]> {
    return [...new Set(await this.subject.receivedIds())];
  }

  /** The service has stored these events and no others, in any order. */
  async expectStored(ids: readonly string[]): Promise<void> {
    deepEqual((await this.stored()).toSorted(), ids.toSorted(), 'the events that the service has stored');
  }

  async hasStored(ids: readonly string[]): Promise<boolean> {
    const stored = new Set(await this.subject.receivedIds());
    return ids.every((id) => stored.has(id));
  }

  /** Waits until the first batch has come to the service. The clock stands still (a plain one's batch has to be due). */
  async firstRequest(): Promise<void> {
    if (this.isPlain) await this.clock.advance(FLUSH_INTERVAL_MS);
    await this.still('the first request', () => this.subject.requests().length > 0);
  }

  /** Waits for so many requests since the beginning, while time passes. */
  async requests(count: number): Promise<void> {
    await this.until(`request ${count}`, () => this.subject.requests().length >= count);
  }

  idle(): Promise<void> {
    return this.#time.idle();
  }

  still(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    return this.#time.still(what, holds);
  }

  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    return this.#time.until(what, holds);
  }

  during<Value>(what: string, promise: Promise<Value>): Promise<Value> {
    return this.#time.during(what, promise);
  }

  /** What keeps the process alive and did not before the destination was made. */
  open(): string[] {
    return [
      ...(countSockets() > this.#socketsBefore ? ['a connection'] : []),
      ...((this.#timers?.pending ?? 0) > 0 ? ['a timer'] : []),
      ...(this.clock.waiting.count > 0 ? ['a sleeper on the clock'] : []),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.subject.mend();
    const isOver = isDone(this.run.abandon().catch(() => {})); // Over is over.
    // What a bad destination leaves hanging is left alone.
    for (let round = 0; round < 10 && !isOver(); round++) {
      await this.idle();
      await this.clock.advance(30_000);
    }
    await this.subject[Symbol.asyncDispose]();
    // Sockets end in a later turn, and the next test counts them.
    await this.idle();
  }
}
