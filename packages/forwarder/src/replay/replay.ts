import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { GrantexEvent, NewDeadLetter } from '@grantex/core';
import { CommandFailure } from '../exit-codes.js';
import { type Checkpoint, lineDigest, type Place, placeOf } from './checkpoint.js';
import type { DeadLetterFile } from './dead-letter-file.js';
import { InFlight } from './in-flight.js';
import { InputReader, type Notice } from './input-reader.js';
import type { Input } from './inputs.js';
import type { Line } from './lines.js';
import { orAborted } from './or-aborted.js';
import type { ReplayTarget } from './replay-target.js';
import { readStoredEvent } from './stored-event.js';

/** Events on their way: at least so many, so that requests are full. After a crash, these are what is sent again. */
const MIN_IN_FLIGHT = 2_000;
const IN_FLIGHT_BATCHES = 4;
/** Half of what a destination that is used alone lets wait. */
const MAX_IN_FLIGHT_BYTES = 33_554_432;
const TICK_MS = 1_000;

export interface ReplayOptions {
  readonly inputs: readonly Input[];
  readonly target: ReplayTarget;
  /** Which events are sent. May throw: then the event becomes a dead letter. */
  readonly isChosen: (event: GrantexEvent) => boolean;
  /** What is sent of an event. May throw, too. */
  readonly transform: (event: GrantexEvent) => GrantexEvent;
  /** Undefined: this replay cannot be gone on with. */
  readonly checkpoint: Checkpoint | undefined;
  /** Where to go on. */
  readonly start: Place | undefined;
  readonly letters: DeadLetterFile;
  readonly signal: AbortSignal;
  /** Milliseconds in which a stopped replay delivers what is on its way. */
  readonly stopDeadlineMs: number;
  readonly onNotice: (notice: Notice) => void;
  /** Each second. */
  readonly onProgress: (progress: ReplayProgress) => void;
}

/** How far a replay is. Of this run. */
export interface ReplayProgress {
  readonly lines: number;
  readonly notEvents: number;
  /** Events that were not chosen. */
  readonly passedOver: number;
  readonly delivered: number;
  readonly deadLettered: number;
  /** Sent and not settled. */
  readonly inFlight: number;
  readonly bytesRead: number;
  readonly unreadableFiles: number;
  /** The input that is read. */
  readonly file: string | undefined;
}

export interface ReplayResult extends ReplayProgress {
  readonly isDone: boolean;
}

interface Position {
  readonly file: number;
  readonly line: number;
  readonly text: string;
}

/** Sends the events of inputs to a destination, in order, and remembers up to where all is settled. */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #inFlight: InFlight<Position>;
  readonly #broken = new AbortController();
  readonly #signal: AbortSignal;
  readonly #reader: InputReader;
  #failure: unknown;
  #settledAt: Position | undefined;
  #savedAt: Position | undefined;
  #saving: Promise<void> = Promise.resolve();
  #file: string | undefined;
  #counts = { lines: 0, notEvents: 0, passedOver: 0, sent: 0, deadLettered: 0 };

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#broken.signal]);
    const { target, onNotice } = options;
    this.#reader = new InputReader({ signal: this.#signal, onNotice });
    this.#inFlight = new InFlight({
      maxEvents: Math.max(MIN_IN_FLIGHT, IN_FLIGHT_BATCHES * target.batchSize),
      maxBytes: MAX_IN_FLIGHT_BYTES,
      flush: () => target.flush(),
      onSettled: (position) => (this.#settledAt = position),
    });
  }

  /** To be told by the target. */
  gaveUp(letter: NewDeadLetter): void {
    this.#counts.deadLettered++;
    this.#options.letters.add(letter);
  }

  /** Ends when everything is settled, or soon after the signal aborts. Rejects with what makes going on impossible. */
  async run(): Promise<ReplayResult> {
    const ticker = setInterval(() => this.#tick(), TICK_MS);
    try {
      await this.#sendAll();
      await this.#inFlight.allSettled(this.#signal);
    } catch (error) {
      if (!this.#signal.aborted) this.#failure ??= error;
    }
    clearInterval(ticker);
    const isDone = this.#failure === undefined && !this.#signal.aborted;
    await this.#end(isDone);
    if (this.#failure !== undefined) throw this.#failure;
    return { ...this.progress, isDone };
  }

  get progress(): ReplayProgress {
    const { sent, deadLettered, ...counts } = this.#counts;
    const inFlight = this.#inFlight.events;
    const { bytesRead, unreadableFiles } = this.#reader;
    const delivered = Math.max(0, sent - inFlight - deadLettered);
    return { ...counts, deadLettered, delivered, inFlight, bytesRead, unreadableFiles, file: this.#file };
  }

  async #sendAll(): Promise<void> {
    const { inputs, start } = this.#options;
    const first = start === undefined ? 0 : placeOf(start, inputs);
    for (const [index, input] of inputs.entries()) {
      if (index < first) continue;
      this.#file = input.name;
      for await (const lines of this.#reader.read(input, index === first ? start : undefined)) {
        await this.#send(lines, index);
        if (this.#signal.aborted) return;
      }
      if (this.#signal.aborted) return;
    }
  }

  async #send(lines: readonly Line[], file: number): Promise<void> {
    const events: GrantexEvent[] = [];
    let bytes = 0;
    for (const line of lines) {
      const event = this.#eventOf(line);
      if (event === undefined) continue;
      events.push(event);
      bytes += line.text?.length ?? 0;
    }
    const { target } = this.#options;
    if (events.length > 0) await orAborted(target.send(events), this.#signal);
    const last = lines.at(-1);
    if (this.#signal.aborted || last === undefined) return;
    this.#counts.sent += events.length;
    this.#inFlight.sent(events.length, bytes, { file, line: last.number, text: last.text ?? '' });
    await this.#inFlight.room(this.#signal);
    if (!target.needsRenewal) return;
    await this.#inFlight.allSettled(this.#signal);
    if (!this.#signal.aborted) await target.renew();
  }

  #eventOf(line: Line): GrantexEvent | undefined {
    if (line.text?.trim() === '') return undefined;
    this.#counts.lines++;
    const read = line.text === undefined ? { reason: 'longer than 8 MiB' } : readStoredEvent(line.text);
    if ('reason' in read) {
      this.#counts.notEvents++;
      this.#options.onNotice({ file: this.#file ?? '', line: line.number, what: `not an event: ${read.reason}` });
      return undefined;
    }
    try {
      if (this.#options.isChosen(read.event)) return this.#options.transform(read.event);
      this.#counts.passedOver++;
    } catch (error) {
      this.#cannotSend(read.event, error);
    }
    return undefined;
  }

  #cannotSend(event: GrantexEvent, error: unknown): void {
    const now = Date.now();
    // It counts as sent, so that delivered and dead letters together are what was sent.
    this.#counts.sent++;
    this.gaveUp({
      destination: 'replay',
      eventId: event.id,
      text: JSON.stringify(event),
      code: 'DEST_REJECTED',
      reason: `filter or transform failed: ${error instanceof Error ? error.message : String(error)}`,
      attempts: 0,
      firstAt: now,
      lastAt: now,
    });
  }

  #tick(): void {
    this.#inFlight.mark();
    this.#save().catch((error: unknown) => {
      this.#failure ??= error;
      this.#broken.abort();
    });
    this.#options.onProgress(this.progress);
  }

  #save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#write());
    return this.#saving;
  }

  /** Writes down what is settled, the dead letters first. */
  async #write(): Promise<void> {
    const { checkpoint, inputs, letters } = this.#options;
    const position = this.#settledAt;
    await letters.save();
    if (checkpoint === undefined || position === undefined || position === this.#savedAt) return;
    const { file, line, text } = position;
    const name = inputs[file]?.name ?? '';
    await checkpoint.save({ file: name, filesBefore: file, line, digest: lineDigest(text) });
    this.#savedAt = position;
  }

  async #end(isDone: boolean): Promise<void> {
    const { target, letters, checkpoint, stopDeadlineMs } = this.#options;
    try {
      this.#inFlight.mark();
      const closing = target.close();
      // What is left is sent again by the next run; that it is, is told there.
      if (!isDone) await Promise.race([closing.catch(() => {}), sleep(stopDeadlineMs, undefined, { ref: false })]);
      else await closing;
      // Those who wait for a settlement have their turn.
      await nextTurn();
      await this.#save();
      await letters.close();
      if (isDone) await checkpoint?.remove();
    } catch (error) {
      this.#failure ??= error instanceof Error ? new CommandFailure(error.message) : error;
    }
  }
}
