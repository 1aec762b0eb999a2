import type { Clock } from '../clock.js';
import type { GrantexEvent } from '../events.js';
import type { EventRecord } from '../journal/event-record.js';
import type { JournalCursor, PositionRange } from '../journal/journal.js';
import { Batch, type BatchItem } from './batch.js';
import type { DeliveryTarget } from './target.js';
import type { Refusal } from './verdict.js';
import { refused } from './verdict.js';
import { asEvent, asPlain, cannot } from './user-code.js';
import { Alarm, Wakeup } from './wakeup.js';

/** Which events a destination gets, and in which form. The user's own code: an exception costs the one event. */
export interface Selection {
  /** Whether the event goes to this destination. `event` is shared: read it only. */
  readonly filter?: ((event: GrantexEvent) => boolean) | undefined;
  /** The event as this destination gets it, made from a copy of its own. */
  readonly transform?: ((event: GrantexEvent) => GrantexEvent) | undefined;
}

/** An event that cannot be sent, with the reason. */
export interface Unsendable {
  /** Its place in the journal. */
  readonly position: number;
  readonly refusal: Refusal;
}

interface FillingBatch<Record> {
  readonly items: BatchItem<Record>[];
  readonly dueAt: number;
  bytes: number;
}

/** Of partitions so many are filled at a time; then the oldest batch goes as it is. */
const MAX_PARTITIONS = 64;

/**
 * Turns the unread events of a cursor into batches: filters, transforms, encodes, and fills one batch for each partition
 * until it is full or has waited long enough. It never reads more ahead than one batch for each request in flight.
 */
export class BatchAssembler<Record> {
  readonly #target: DeliveryTarget<Record>;
  readonly #cursor: JournalCursor;
  readonly #selection: Selection;
  readonly #clock: Clock;
  readonly #onFiltered: (settled: readonly PositionRange[]) => Promise<unknown>;
  readonly #onUnsendable: (unsendable: readonly Unsendable[]) => Promise<void>;
  readonly #wakeup = new Wakeup();
  readonly #alarm: Alarm;
  /** By partition, in the order of their first events. */
  readonly #filling = new Map<string, FillingBatch<Record>>();
  readonly #full: Batch<Record>[] = [];
  /** Filtered out: settled together, without a commit for each. */
  readonly #filtered: [number, number][] = [];
  #unsendable: Unsendable[] = [];
  /** Positions of batches from an earlier run. They are in hand, even when the journal holds them open no longer. */
  readonly #reopened = new Set<number>();
  #reading: Promise<void> | undefined;
  /** Batches with events up to this position do not wait to become full. */
  #flushUpTo = 0;
  #ending = false;
  #filteredCount = 0;
  /** Events in batches that are filling. */
  #fillingCount = 0;

  constructor(parts: {
    readonly target: DeliveryTarget<Record>;
    readonly cursor: JournalCursor;
    readonly selection: Selection;
    readonly clock: Clock;
    /** Settles events that the filter kept out. */
    readonly onFiltered: (settled: readonly PositionRange[]) => Promise<unknown>;
    /** Stores events that cannot be sent as dead letters, and settles them. */
    readonly onUnsendable: (unsendable: readonly Unsendable[]) => Promise<void>;
  }) {
    this.#target = parts.target;
    this.#cursor = parts.cursor;
    this.#selection = parts.selection;
    this.#clock = parts.clock;
    this.#onFiltered = parts.onFiltered;
    this.#onUnsendable = parts.onUnsendable;
    this.#alarm = new Alarm(parts.clock, () => this.#wakeup.wake());
  }

  /** Events that the filter kept out so far. */
  get filtered(): number {
    return this.#filteredCount;
  }

  /** To be told after every append. */
  onReadable(unread: number): void {
    // While a batch is filling, its alarm wakes us; before that only if there may be enough to fill it.
    if (this.#fillingCount === 0 || this.#fillingCount + unread >= this.#target.limits.maxEvents) this.#wakeup.wake();
  }

  /** From now on batches with events up to this position are sent as they are. */
  flush(upTo: number): void {
    this.#flushUpTo = Math.max(this.#flushUpTo, upTo);
    this.#wakeup.wake();
  }

  /** From now on nothing waits to become full, and `take` ends when everything is taken. */
  end(): void {
    this.#ending = true;
    this.#alarm.cancel();
    this.#wakeup.wake();
  }

  /** Makes `take` look again at what it waits for. */
  wake(): void {
    this.#wakeup.wake();
  }

  /** The next batch, when it is full or due; undefined when `until` has passed first, or when everything was taken. */
  async take(until: () => number): Promise<Batch<Record> | undefined> {
    for (;;) {
      await this.fill();
      const batch = this.#full.shift() ?? this.#takeDue();
      if (batch !== undefined) return batch;
      const now = this.#clock.now();
      if (now >= until() || (this.#ending && this.#cursor.unread <= 0)) return undefined;
      this.#alarm.set(Math.min(until(), this.#earliestDue()));
      await this.#wakeup.wait();
    }
  }

  /** The next batch as it is now, full or not; undefined when there is none. */
  async takeNow(): Promise<Batch<Record> | undefined> {
    await this.fill();
    const [oldest] = this.#filling;
    if (this.#full.length === 0 && oldest !== undefined) this.#close(...oldest);
    return this.#full.shift();
  }

  /** Prepares the next batch as far as there are events, without waiting for any. */
  async fill(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    await this.#reading;
  }

  /** The batch that is taken next, when it is full already. */
  get next(): Batch<Record> | undefined {
    return this.#full[0];
  }

  /** Encodes the batch again, at the present time. What cannot be sent any more is left out, and stored. */
  async encodeAgain(batch: Batch<Record>): Promise<Batch<Record> | undefined> {
    const items: BatchItem<Record>[] = [];
    for (const item of batch.items) {
      try {
        const record = this.#target.encode(item.event, item.text, this.#clock.now());
        items.push({ ...item, record, bytes: this.#sizeInRequest(record) });
      } catch (error) {
        this.#giveUp(item.position, 'encode', error);
      }
    }
    await this.#storeUnsendable();
    return items.length === 0 ? undefined : new Batch(items, batch.state);
  }

  /** The batch that an earlier run had opened, with the members that it had. */
  async reopen(ranges: readonly PositionRange[], state: string): Promise<Batch<Record> | undefined> {
    const items: BatchItem<Record>[] = [];
    for (const record of await this.#cursor.readRanges(ranges)) {
      this.#reopened.add(record.position);
      const item = this.encode(record, this.#clock.now());
      if ('outcome' in item) this.#unsendable.push({ position: record.position, refusal: item });
      else items.push(item);
    }
    await this.#storeUnsendable();
    return items.length === 0 ? undefined : new Batch(items, state);
  }

  async #read(): Promise<void> {
    while (this.#full.length < this.#target.concurrency) {
      const records = await this.#cursor.read(this.#target.limits.maxEvents);
      if (records.length === 0) break;
      // One reading of the clock for all of them: this loop is the hot one.
      const now = this.#clock.now();
      for (const record of records) this.#add(record, now);
    }
    await this.#settleFiltered();
    await this.#storeUnsendable();
  }

  #add(record: EventRecord, now: number): void {
    if (this.#reopened.has(record.position) || !this.#isSelected(record)) return;
    const item = this.encode(record, now);
    if ('outcome' in item) {
      this.#unsendable.push({ position: record.position, refusal: item });
      return;
    }
    const { partition } = item;
    let batch = this.#filling.get(partition);
    if (batch !== undefined && batch.bytes + item.bytes > this.#target.limits.maxBytes) {
      this.#close(partition, batch);
      batch = undefined;
    }
    if (batch === undefined) batch = this.#start(partition, now);
    batch.items.push(item);
    this.#fillingCount++;
    batch.bytes += item.bytes;
    if (batch.items.length >= this.#target.limits.maxEvents) this.#close(partition, batch);
  }

  #isSelected(record: EventRecord): boolean {
    const { filter } = this.#selection;
    if (filter === undefined) return true;
    try {
      if (asPlain(filter(record.event), 'a boolean')) return true;
    } catch (error) {
      this.#giveUp(record.position, 'filter', error);
      return false;
    }
    this.#filteredCount++;
    const run = this.#filtered.at(-1);
    if (run !== undefined && run[1] + 1 === record.position) run[1] = record.position;
    else this.#filtered.push([record.position, record.position]);
    return false;
  }

  /** The event as it is sent, or why it cannot be. */
  encode(original: EventRecord, now: number): BatchItem<Record> | Refusal {
    let step = 'transform';
    try {
      const { transform } = this.#selection;
      const event = transform === undefined ? original.event : asEvent(transform(original.copy()));
      const text = transform === undefined ? original.text : JSON.stringify(event);
      step = 'encode';
      const record = this.#target.encode(event, text, now);
      const partition = this.#target.partition?.(event) ?? '';
      const size = this.#target.sizeOf(record);
      const { maxEventBytes = this.#target.limits.maxBytes } = this.#target.limits;
      if (size > maxEventBytes) {
        const reason = `the event takes ${size} bytes, and ${this.#target.name} takes ${maxEventBytes} at most`;
        return refused('DEST_TOO_LARGE', reason);
      }
      return { position: original.position, partition, event, text, record, bytes: this.#sizeInRequest(record) };
    } catch (error) {
      return cannot(step, error);
    }
  }

  #sizeInRequest(record: Record): number {
    return this.#target.sizeOf(record) + (this.#target.limits.eventOverheadBytes ?? 1);
  }

  #giveUp(position: number, step: string, error: unknown): void {
    this.#unsendable.push({ position, refusal: cannot(step, error) });
  }

  #start(partition: string, now: number): FillingBatch<Record> {
    if (this.#filling.size >= MAX_PARTITIONS) {
      const [oldest] = this.#filling;
      if (oldest !== undefined) this.#close(...oldest);
    }
    const { flushIntervalMs, limits } = this.#target;
    const dueAt = flushIntervalMs === 0 ? Infinity : now + flushIntervalMs;
    const batch = { items: [], dueAt, bytes: limits.batchOverheadBytes ?? 2 };
    this.#filling.set(partition, batch);
    return batch;
  }

  #close(partition: string, batch: FillingBatch<Record>): void {
    this.#filling.delete(partition);
    this.#fillingCount -= batch.items.length;
    this.#full.push(new Batch(batch.items));
  }

  #takeDue(): Batch<Record> | undefined {
    const now = this.#clock.now();
    for (const [partition, batch] of this.#filling) {
      const first = batch.items[0]?.position ?? Infinity;
      if (this.#ending || batch.dueAt <= now || first <= this.#flushUpTo) {
        this.#close(partition, batch);
        return this.#full.shift();
      }
    }
    return undefined;
  }

  #earliestDue(): number {
    let earliest = Infinity;
    for (const { dueAt } of this.#filling.values()) earliest = Math.min(earliest, dueAt);
    return earliest;
  }

  async #settleFiltered(): Promise<void> {
    if (this.#filtered.length > 0) await this.#onFiltered(this.#filtered.splice(0));
  }

  async #storeUnsendable(): Promise<void> {
    if (this.#unsendable.length === 0) return;
    const unsendable = this.#unsendable;
    this.#unsendable = [];
    await this.#onUnsendable(unsendable);
  }
}
