import type { Clock } from '../clock.js';
import { GrantexError } from '../errors.js';
import type { CursorChange, Journal, JournalCursor, NewDeadLetter, Overrun } from '../journal/journal.js';
import type { Logger } from '../logger.js';
import { BatchAssembler, type Selection, type Unsendable } from './assembler.js';
import { attemptOnce } from './attempt.js';
import { backoffDelay, probeDelay } from './backoff.js';
import { Batch, type BatchItem } from './batch.js';
import type { DeliveryState, DeliveryStats, LastError } from './delivery-stats.js';
import { Hold } from './hold.js';
import { refusalFromError } from './refusal-from-error.js';
import { MAX_SUSPECTS, Suspects } from './suspects.js';
import type { DeliveryTarget } from './target.js';
import { CONSEQUENCES, type PartlyAccepted, type Refusal } from './verdict.js';
import { Work } from './work.js';

// This file is longer than its neighbours because it is the one loop of the engine: which answer leads to which next
// step can only be judged when it stands in one place.

export interface DeliveryParts<Record> {
  readonly target: DeliveryTarget<Record>;
  readonly journal: Journal;
  readonly selection?: Selection;
  readonly from?: 'head' | 'oldest';
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** What a stopped delivery leaves in the journal. */
export interface Remaining {
  readonly destination: string;
  readonly events: number;
  readonly firstId: string;
  readonly lastId: string;
}

/** What is decided about a batch after one or more attempts. */
type Decision =
  | { readonly kind: 'accepted'; readonly statusCode?: number }
  | { readonly kind: 'partly accepted'; readonly verdict: PartlyAccepted }
  | { readonly kind: 'halve' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Nothing of it can be sent any more; it is stored. */
  | { readonly kind: 'nothing left' }
  | { readonly kind: 'stopped' };

/** A failure is worth a line in the log when it lasts. */
const FAILURES_WORTH_A_WARNING = 3;

/**
 * From a cursor to settled batches, for one destination: takes batches, makes attempts, and acts on the answers by the
 * table of {@link CONSEQUENCES}.
 *
 * A single event that is refused for its content becomes a *suspect*: it is set aside, and given up only if it is refused
 * again after the service has accepted another event. So a wrong setting, which refuses everything, costs nothing.
 */
export class Delivery<Record> {
  readonly #target: DeliveryTarget<Record>;
  readonly #journal: Journal;
  readonly #selection: Selection;
  readonly #from: 'head' | 'oldest';
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #logger: Logger;
  readonly #hold: Hold;
  readonly #suspects: Suspects<Record>;
  /** Aborted when `stop` is called: waiting ends. */
  readonly #stopping = new AbortController();
  /** Aborted at the deadline of `stop`: attempts end. */
  readonly #ended = new AbortController();
  readonly #settledWaiters = new Set<() => void>();
  #cursor: JournalCursor | undefined;
  #assembler: BatchAssembler<Record> | undefined;
  #running: Promise<void> | undefined;
  #taking: Promise<unknown> = Promise.resolve();
  /** No request before this time: the service asked for it. */
  #notBefore = 0;
  #state: DeliveryState = 'delivering';
  #lastError: LastError | undefined;
  #delivered = 0;
  #deadLettered = 0;
  #overrun = 0;
  #overrunOfEpisode = 0;
  #requests = 0;
  #retries = 0;

  constructor(parts: DeliveryParts<Record>) {
    this.#target = parts.target;
    this.#journal = parts.journal;
    this.#selection = parts.selection ?? {};
    this.#from = parts.from ?? 'head';
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#logger = parts.logger;
    this.#hold = new Hold(parts.target.backoff);
    this.#suspects = new Suspects(parts.target.backoff);
  }

  get name(): string {
    return this.#target.name;
  }

  /** Opens the cursor, so that what is appended from now on is delivered, and begins to deliver. */
  async start(): Promise<void> {
    const cursor = await this.#journal.openCursor(this.name, {
      from: this.#from,
      onReadable: (unread) => this.#assembler?.onReadable(unread),
    });
    this.#cursor = cursor;
    this.#assembler = new BatchAssembler({
      target: this.#target,
      cursor,
      selection: this.#selection,
      clock: this.#clock,
      onUnsendable: (unsendable) => this.#giveUpUnsent(unsendable),
    });
    this.#running = this.#run(this.#assembler, cursor);
  }

  /** Resolves when everything appended so far is settled. Waits as long as the destination is held. */
  async flush(): Promise<void> {
    const { cursor, assembler } = this.#opened();
    const head = cursor.head;
    assembler.flush(head);
    while (cursor.settledBelow <= head) {
      if (this.#state === 'stopped') {
        throw new GrantexError('STATE_INVALID', `${this.name}: stopped before everything was delivered`);
      }
      this.#suspects.hurry();
      assembler.wake();
      await new Promise<void>((resolve) => this.#settledWaiters.add(resolve));
    }
  }

  /**
   * Delivers what is in the journal without waiting for more, until `deadline` aborts. A held destination gets one
   * attempt. Resolves to what is left, undefined when nothing is.
   */
  async stop(deadline: AbortSignal): Promise<Remaining | undefined> {
    const { cursor, assembler } = this.#opened();
    const onDeadline = (): void => this.#end();
    deadline.addEventListener('abort', onDeadline, { once: true });
    if (deadline.aborted) onDeadline();
    this.#stopping.abort();
    assembler.end();
    this.#hold.wake();
    await this.#running;
    deadline.removeEventListener('abort', onDeadline);
    this.#end();
    const ids = cursor.lag === 0 ? undefined : await cursor.unsettledIds();
    const remaining = ids && { destination: this.name, events: cursor.lag, firstId: ids.first, lastId: ids.last };
    await cursor.close();
    return remaining;
  }

  /** To be told of events that this destination was moved past. */
  noteOverrun(overrun: Overrun, started: boolean): void {
    const before = started ? 0 : this.#overrunOfEpisode;
    this.#overrun += overrun.count - before;
    this.#overrunOfEpisode = overrun.count;
  }
  stats(): DeliveryStats {
    return {
      state: this.#state,
      lag: this.#cursor?.lag ?? 0,
      lastError: this.#lastError,
      delivered: this.#delivered,
      deadLettered: this.#deadLettered,
      filtered: this.#assembler?.filtered ?? 0,
      overrun: this.#overrun,
      requests: this.#requests,
      retries: this.#retries,
    };
  }

  #opened(): { cursor: JournalCursor; assembler: BatchAssembler<Record> } {
    if (this.#cursor === undefined || this.#assembler === undefined) {
      throw new GrantexError('STATE_INVALID', `${this.name}: not started`);
    }
    return { cursor: this.#cursor, assembler: this.#assembler };
  }

  async #run(assembler: BatchAssembler<Record>, cursor: JournalCursor): Promise<void> {
    // Batches that an earlier run had opened go first, one after the other.
    for (const { ranges, state, id } of cursor.openBatches) {
      const batch = await assembler.reopen(ranges, state);
      if (batch === undefined) await this.#commit({ settled: ranges, close: id });
      else await this.#process([new Work(batch)]);
    }
    await Promise.all(Array.from({ length: this.#target.concurrency }, () => this.#work(assembler)));
  }

  async #work(assembler: BatchAssembler<Record>): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const batch = await this.#take(assembler);
      if (batch !== undefined) {
        // The next batch is prepared while this one's request is under way.
        await Promise.all([this.#process([new Work(batch)]), assembler.fill()]);
      } else if (this.#suspects.size > 0) {
        await this.#askSuspects();
      } else if (this.#stopping.signal.aborted) {
        return;
      }
    }
  }

  /** One worker at a time waits for a batch. */
  #take(assembler: BatchAssembler<Record>): Promise<Batch<Record> | undefined> {
    const taking = this.#taking.then(() => assembler.take(() => this.#suspects.askAt));
    this.#taking = taking;
    return taking;
  }

  /** Brings every batch of the list to its end, in order. What is left when the delivery stops stays in the journal. */
  async #process(list: Work<Record>[]): Promise<void> {
    for (let work = list.shift(); work !== undefined; work = list.shift()) {
      const decision = await this.#untilDecided(work);
      switch (decision.kind) {
        case 'accepted':
          await this.#settle(work, work.batch.items, [], decision.statusCode);
          list.unshift(...this.#suspects.takeAll());
          break;
        case 'partly accepted':
          list.unshift(...(await this.#settlePart(work, decision.verdict)));
          break;
        case 'halve':
          list.unshift(...work.batch.halves().map((half) => work.part(half)));
          break;
        case 'refused':
          await this.#refuseSingle(work, decision.refusal, list);
          break;
        case 'nothing left':
          break;
        case 'stopped':
          return;
      }
    }
  }

  /** Attempts until there is a decision; the waiting is in here. */
  async #untilDecided(work: Work<Record>): Promise<Decision> {
    for (;;) {
      const refusal = work.pending ?? (await this.#tryOnce(work));
      work.pending = undefined;
      if (refusal === undefined) return { kind: 'stopped' };
      if ('kind' in refusal) return refusal;
      this.#noteRefusal(refusal);
      switch (CONSEQUENCES[refusal.code]) {
        case 'hold':
          if (!this.#holdFor(refusal)) return { kind: 'stopped' };
          break;
        case 'retry':
          await this.#backOff(work, refusal);
          break;
        case 'retry, then halve': {
          const isSame = work.isSameAgain(refusal);
          await this.#backOff(work, refusal);
          if (isSame) return this.#divide(work, refusal);
          break;
        }
        case 'halve':
          return this.#divide(work, refusal);
      }
    }
  }

  #divide(work: Work<Record>, refusal: Refusal): Decision {
    this.#suspects.noteRefused(work);
    return work.batch.size > 1 ? { kind: 'halve' } : { kind: 'refused', refusal };
  }

  /** One attempt, when its time has come: a decision, a refusal of the whole batch, or undefined when stopped before. */
  async #tryOnce(work: Work<Record>): Promise<Decision | Refusal | undefined> {
    return (await this.#mayAttempt()) ? this.#attempt(work) : undefined;
  }

  /** Waits for what the service asked for and for the end of a hold, or for this worker's turn to probe. */
  async #mayAttempt(): Promise<boolean> {
    while (!this.#ended.signal.aborted) {
      const wait = this.#notBefore - this.#clock.now();
      if (wait > 0) {
        await this.#sleep(wait, this.#ended.signal);
        continue;
      }
      if (this.#hold.refusal === undefined) return true;
      const delay = this.#hold.takeProbe();
      if (delay === undefined) {
        await this.#hold.changed();
      } else {
        // A stop ends the waiting: a held destination gets one attempt.
        await this.#sleep(delay, this.#stopping.signal);
        return !this.#ended.signal.aborted;
      }
    }
    return false;
  }

  /** Encodes the batch anew if it has become stale, and stores the cut of a stable one before its first attempt. */
  async #refresh(work: Work<Record>): Promise<boolean> {
    const target = this.#target;
    if (target.isStale?.(work.batch, this.#clock.now()) === true) {
      const fresh = await this.#opened().assembler.encodeAgain(work.batch);
      if (fresh === undefined) return false;
      work.batch = fresh;
    }
    if (target.openBatch !== undefined && work.batch.state === undefined) {
      const state = target.openBatch(work.batch);
      work.batch = new Batch(work.batch.items, state);
      await this.#commit({ open: { id: work.batch.id, ranges: work.batch.ranges(), state } });
    }
    return true;
  }

  async #attempt(work: Work<Record>): Promise<Decision | Refusal | undefined> {
    try {
      if (!(await this.#refresh(work))) return { kind: 'nothing left' };
    } catch (error) {
      return refusalFromError(error);
    }
    const { signal: ended } = this.#ended;
    this.#requests++;
    if (work.attempts > 0) this.#retries++;
    work.lastAt = this.#clock.now();
    work.firstAt ||= work.lastAt;
    work.attempts++;
    const verdict = await attemptOnce(this.#target, work.batch, { number: work.attempts, clock: this.#clock, ended });
    if (verdict.outcome === 'refused') return ended.aborted ? undefined : verdict;
    this.#recovered();
    if (verdict.outcome === 'partly accepted') return { kind: 'partly accepted', verdict };
    return verdict.statusCode === undefined
      ? { kind: 'accepted' }
      : { kind: 'accepted', statusCode: verdict.statusCode };
  }

  /** Returns false when a stopped delivery has had its one attempt. */
  #holdFor(refusal: Refusal): boolean {
    this.#hold.begin(refusal);
    this.#sayHolding(refusal);
    if (!this.#stopping.signal.aborted) return true;
    this.#end();
    return false;
  }

  #sayHolding(refusal: Refusal): void {
    if (this.#state === 'holding') return;
    this.#changeState('holding');
    this.#warn('holding, nothing is lost', refusal);
  }

  #warn(what: string, { code, message, statusCode }: Refusal): void {
    const fields = { destination: this.name, code, statusCode };
    this.#logger.warn(`${this.name}: ${what}. ${this.#target.redact(message)}`, fields);
  }

  async #backOff(work: Work<Record>, refusal: Refusal): Promise<void> {
    work.failures++;
    this.#hold.end();
    this.#changeState('retrying');
    if (work.failures === FAILURES_WORTH_A_WARNING) this.#warn('trying again, nothing is lost', refusal);
    if (refusal.retryAfterMs !== undefined) return; // The next attempt waits for that time.
    const wasStopping = this.#stopping.signal.aborted;
    const delay = backoffDelay(work.failures, this.#target.backoff, this.#random);
    await this.#sleep(delay, wasStopping ? this.#ended.signal : this.#stopping.signal);
  }

  #recovered(): void {
    this.#suspects.noteAccepted();
    this.#hold.end();
    if (this.#state !== 'delivering') this.#logger.info(`${this.name}: delivering again`);
    this.#changeState('delivering');
  }

  #changeState(state: DeliveryState): void {
    if (this.#state !== 'stopped') this.#state = state;
  }

  #noteRefusal(refusal: Refusal): void {
    if (refusal.retryAfterMs !== undefined) {
      this.#notBefore = Math.max(this.#notBefore, this.#clock.now() + refusal.retryAfterMs);
    }
    this.#lastError = {
      code: refusal.code,
      message: this.#target.redact(refusal.message),
      ...(refusal.statusCode !== undefined && { statusCode: refusal.statusCode }),
      at: this.#clock.now(),
    };
  }

  /** Settles what was accepted, stores what is given up, and returns work for the rest. */
  async #settlePart(work: Work<Record>, { refusals, statusCode }: PartlyAccepted): Promise<Work<Record>[]> {
    const acceptedItems: BatchItem<Record>[] = [];
    const again: BatchItem<Record>[] = [];
    const rejected: { item: BatchItem<Record>; refusal: Refusal }[] = [];
    let pending: Refusal | undefined;
    for (const [index, item] of work.batch.items.entries()) {
      const refusal = refusals.get(index);
      if (refusal === undefined) {
        acceptedItems.push(item);
      } else if (CONSEQUENCES[refusal.code] === 'halve') {
        this.#noteRefusal(refusal);
        rejected.push({ item, refusal });
      } else {
        pending ??= refusal;
        again.push(item);
      }
    }
    // The service took the neighbours in the same request: what it rejected there is bad beyond doubt.
    const isProven = acceptedItems.length > 0;
    await this.#settle(work, acceptedItems, isProven ? rejected : [], statusCode);
    const rest: Work<Record>[] = [];
    if (isProven) rest.push(...this.#suspects.takeAll());
    if (again.length > 0) {
      const part = work.part(new Batch(again));
      part.pending = pending;
      part.failures = work.failures;
      rest.push(part);
    }
    if (!isProven) {
      for (const { item, refusal } of rejected) {
        const part = work.part(new Batch([item]));
        part.pending = refusal;
        rest.push(part);
      }
    }
    return rest;
  }

  /** A single event was refused for its content: a dead letter if the service takes others, a suspect if nobody knows. */
  async #refuseSingle(work: Work<Record>, refusal: Refusal, list: Work<Record>[]): Promise<void> {
    const [item] = work.batch.items;
    if (item !== undefined && this.#suspects.isGuilty(work, refusal)) {
      await this.#settle(work, [], [{ item, refusal }], refusal.statusCode);
      return;
    }
    work.refusal = refusal;
    this.#suspects.add(work, this.#clock.now(), this.#settledWaiters.size > 0);
    if (this.#suspects.size >= MAX_SUSPECTS) await this.#probe(refusal, list);
  }

  /**
   * Nothing but suspects, too many of them: holds, and asks about the oldest and about the next event behind them, until
   * one is accepted. Which of the two tells whether a setting was mended or the events are bad.
   */
  async #probe(refusal: Refusal, list: Work<Record>[]): Promise<void> {
    const reason = `${MAX_SUSPECTS} events in a row were refused and none accepted, so a setting is wrong: ${refusal.message}`;
    while (this.#holdFor({ ...refusal, message: reason }) && (await this.#mayAttempt())) {
      const oldest = this.#suspects.takeOldest();
      if (oldest === undefined || (await this.#isProbeDone(oldest, list))) return;
      this.#suspects.putBack(oldest);
      const next = await this.#cutNext(list);
      if (next !== undefined && (await this.#isProbeDone(next, list))) return;
      if (next !== undefined) this.#suspects.add(next, this.#clock.now(), false);
    }
  }

  /** Asks about one event. True when the probing is over: it was accepted, or the delivery is stopped. */
  async #isProbeDone(work: Work<Record>, list: Work<Record>[]): Promise<boolean> {
    const outcome = await this.#attempt(work);
    if (outcome === undefined) return true;
    if (!('kind' in outcome)) {
      this.#noteRefusal(outcome);
      this.#suspects.noteRefused(work);
      return false;
    }
    if (outcome.kind === 'accepted') await this.#settle(work, work.batch.items, [], outcome.statusCode);
    list.unshift(...this.#suspects.takeAll());
    return true;
  }

  /** Cuts the first event off the work that comes next. */
  async #cutNext(list: Work<Record>[]): Promise<Work<Record> | undefined> {
    let next = list.shift();
    if (next === undefined) {
      const batch = await this.#opened().assembler.takeNow();
      if (batch === undefined) return undefined;
      next = new Work(batch);
    }
    const [first, ...rest] = next.batch.items;
    if (first === undefined) return undefined;
    if (rest.length > 0) list.unshift(next.part(new Batch(rest)));
    return next.part(new Batch([first]));
  }

  /** Nothing follows the suspects: they are asked about again after a while. */
  async #askSuspects(): Promise<void> {
    await this.#process(this.#suspects.takeAll());
    const { oldest } = this.#suspects;
    if (oldest === undefined) return;
    if (this.#stopping.signal.aborted) this.#end();
    else if (!this.#suspects.isServiceProven && oldest.refusal !== undefined) this.#sayHolding(oldest.refusal);
  }

  async #settle(
    work: Work<Record>,
    acceptedItems: readonly BatchItem<Record>[],
    rejected: readonly { readonly item: BatchItem<Record>; readonly refusal: Refusal }[],
    statusCode: number | undefined,
  ): Promise<void> {
    const { batch, attempts, firstAt, lastAt } = work;
    const settled = [...acceptedItems, ...rejected.map(({ item }) => item)];
    if (settled.length === 0) return;
    const ranges = settled.length === batch.size ? batch.ranges() : new Batch(settled).ranges();
    const letters: NewDeadLetter[] = [];
    for (const { item, refusal } of rejected) {
      letters.push(await this.#letter(item.position, item.event.id, refusal, { attempts, firstAt, lastAt }));
    }
    const isStored = await this.#commit({
      settled: ranges,
      ...(letters.length > 0 && { deadLetters: letters }),
      ...(batch.state !== undefined && { close: batch.id }),
      receipt: { ranges, at: lastAt, attempts, ...(statusCode !== undefined && { statusCode }) },
    });
    if (!isStored) return;
    this.#delivered += acceptedItems.length;
    this.#afterDeadLetters(letters);
  }

  async #giveUpUnsent(unsendable: readonly Unsendable[]): Promise<void> {
    const now = this.#clock.now();
    const letters: NewDeadLetter[] = [];
    for (const { record, refusal } of unsendable) {
      this.#noteRefusal(refusal);
      letters.push(await this.#letter(record.position, record.id, refusal, { attempts: 0, firstAt: now, lastAt: now }));
    }
    const settled = unsendable.map(({ record }): [number, number] => [record.position, record.position]);
    if (await this.#commit({ settled, deadLetters: letters })) this.#afterDeadLetters(letters);
  }

  /** The dead letter of an event, with the text that came rather than what a transform made of it. */
  async #letter(
    position: number,
    eventId: string,
    refusal: Refusal,
    times: Pick<NewDeadLetter, 'attempts' | 'firstAt' | 'lastAt'>,
  ): Promise<NewDeadLetter> {
    const [record] = await this.#opened().cursor.readRanges([[position, position]]);
    return {
      destination: this.name,
      eventId: record?.id ?? eventId,
      text: record?.text ?? '',
      code: refusal.code,
      reason: this.#target.redact(refusal.message),
      ...times,
      ...(refusal.statusCode !== undefined && { statusCode: refusal.statusCode }),
    };
  }

  #afterDeadLetters(letters: readonly NewDeadLetter[]): void {
    const [first] = letters;
    if (first === undefined) return;
    this.#deadLettered += letters.length;
    this.#logger.error(
      `${this.name}: gave up ${letters.length} event(s), kept among the dead letters. ${first.reason}`,
      {
        destination: this.name,
        eventId: first.eventId,
        code: first.code,
      },
    );
    for (const letter of letters) {
      try {
        this.#target.onDeadLetter?.(letter);
      } catch (error) {
        this.#logger.error(`${this.name}: onDeadLetter failed: ${this.#target.redact(String(error))}`);
      }
    }
  }

  /** Commits, again and again if the journal cannot for now. False when the delivery was stopped before. */
  async #commit(change: CursorChange): Promise<boolean> {
    for (let failures = 0; ;) {
      try {
        await this.#opened().cursor.commit(change);
        for (const resolve of this.#settledWaiters) resolve();
        this.#settledWaiters.clear();
        return true;
      } catch (error) {
        failures++;
        const message = error instanceof Error ? error.message : String(error);
        if (failures === 1) this.#logger.error(`${this.name}: holding, the journal cannot settle events: ${message}`);
        this.#changeState('holding');
      }
      if (this.#stopping.signal.aborted) this.#end();
      if (this.#ended.signal.aborted) return false;
      await this.#sleep(probeDelay(failures, this.#target.backoff), this.#stopping.signal);
    }
  }

  #end(): void {
    this.#state = 'stopped';
    this.#ended.abort();
    this.#assembler?.end();
    this.#hold.wake();
    for (const resolve of this.#settledWaiters) resolve();
    this.#settledWaiters.clear();
  }

  /** True when the time is over, false when the signal aborted first. */
  async #sleep(ms: number, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#clock.sleep(ms, signal);
      return true;
    } catch {
      return false;
    }
  }
}
