// Above 300 lines: the one loop that joins the parts of a delivery; in two files the order of its steps could not be read.
import { GrantexError } from '../errors.js';
import type { DeadLetter, JournalCursor, Overrun, PositionRange } from '../journal/journal.js';
import { BatchAssembler } from './assembler.js';
import { openOnce } from './attempt.js';
import { Batch } from './batch.js';
import type { DeliveryParts, Remaining } from './delivery-parts.js';
import type { DeliveryStats } from './delivery-stats.js';
import { DeliveryStatus } from './delivery-status.js';
import { halvesOf, sortOut } from './division.js';
import { Lifetime } from './lifetime.js';
import { askAboutAll, askInOrder, type Inquiry } from './inquiry.js';
import { probeUntilAccepted } from './probe.js';
import { Redelivery, type RedeliveryReport } from './redelivery.js';
import { Retry, type Readiness } from './retry.js';
import { Settlement } from './settlement.js';
import { MAX_SUSPECTS, Suspects } from './suspects.js';
import type { PartlyAccepted, Refusal } from './verdict.js';
import { Work } from './work.js';

/** Events that may always wait: small batches are quickly sent. */
const AHEAD = 500;
/** With so many times more waiting than it needs, a delivery waits for its service and not for the processor. */
const FAR = 8;

interface Opened<Record> {
  readonly cursor: JournalCursor;
  readonly assembler: BatchAssembler<Record>;
  readonly settlement: Settlement<Record>;
  readonly retry: Retry<Record>;
}

/**
 * From a cursor to settled batches, for one destination: takes batches, has them tried until there is a decision, and
 * settles, halves or sets aside. `concurrency` workers do so side by side; with one, order is kept.
 */
export class Delivery<Record> {
  readonly #parts: DeliveryParts<Record>;
  readonly #lifetime: Lifetime;
  readonly #status: DeliveryStatus;
  readonly #suspects: Suspects<Record>;
  readonly #redelivery: Redelivery<Record>;
  readonly #settledWaiters = new Set<() => void>();
  #opened: Opened<Record> | undefined;
  #running: Promise<void> | undefined;
  #taking: Promise<unknown> = Promise.resolve();

  constructor(parts: DeliveryParts<Record>) {
    this.#parts = parts;
    this.#lifetime = new Lifetime(parts.clock);
    this.#status = new DeliveryStatus(parts.target, parts.logger, parts.clock);
    this.#suspects = new Suspects(parts.target.backoff);
    const { target, clock, journal } = parts;
    this.#redelivery = new Redelivery({ target, clock, deadLetters: journal.deadLetters, lifetime: this.#lifetime });
  }

  get name(): string {
    return this.#parts.target.name;
  }

  /** Whether more waits than it can have under way, and prepared for when that has ended. */
  get isBehind(): boolean {
    return this.#lag > this.#needed;
  }

  /** Whether so much waits that it cannot be for want of the processor alone. */
  get isFarBehind(): boolean {
    return this.#lag > FAR * this.#needed;
  }

  /** Opens the cursor, so that what is appended from now on is delivered, and begins to deliver. */
  async start(): Promise<void> {
    const { journal, from = 'head' } = this.#parts;
    const onReadable = (unread: number): void => this.#opened?.assembler.onReadable(unread);
    const opened = this.#assemble(await journal.openCursor(this.name, { from, onReadable }));
    this.#opened = opened;
    this.#running = this.#run(opened).catch((error: unknown) => {
      this.#status.failed(error);
      this.#end(opened);
    });
  }

  /** Resolves when everything appended so far is settled. Waits as long as the destination is held. */
  async flush(): Promise<void> {
    const { cursor, assembler } = this.#whenOpened();
    const { head } = cursor;
    assembler.flush(head);
    while (cursor.settledBelow <= head) {
      if (this.#status.isStopped) {
        throw new GrantexError('STATE_INVALID', `${this.name}: stopped before everything was delivered`);
      }
      this.#suspects.hurry(this.#parts.clock.now());
      assembler.wake();
      await new Promise<void>((resolve) => this.#settledWaiters.add(resolve));
    }
  }

  /** Sends dead letters of this destination once more, between two batches. */
  async redeliver(letters: readonly DeadLetter[]): Promise<RedeliveryReport> {
    const { assembler } = this.#whenOpened();
    if (this.#lifetime.isStopping) throw new GrantexError('STATE_INVALID', `${this.name}: stopped`);
    const report = this.#redelivery.ask(letters);
    assembler.wake();
    return report;
  }

  /**
   * Delivers what is in the journal without waiting for more, until `deadline` aborts. A held destination gets one
   * attempt. Without `drain` only the requests under way are finished. Resolves to what is left, undefined when nothing is.
   */
  async stop(deadline: AbortSignal, drain = true): Promise<Remaining | undefined> {
    const opened = this.#opened;
    if (opened === undefined) return undefined;
    const { cursor, assembler, retry } = opened;
    const onDeadline = (): void => this.#end(opened);
    deadline.addEventListener('abort', onDeadline, { once: true });
    if (drain) this.#lifetime.stop();
    else this.#lifetime.leave();
    if (deadline.aborted) onDeadline();
    assembler.end();
    retry.wake();
    await this.#running;
    deadline.removeEventListener('abort', onDeadline);
    this.#end(opened);
    const ids = cursor.lag === 0 ? undefined : await cursor.unsettledIds();
    const remaining = ids && { destination: this.name, events: cursor.lag, firstId: ids.first, lastId: ids.last };
    await cursor.close();
    return remaining;
  }

  /** To be told of events that this destination was moved past. */
  noteOverrun(overrun: Overrun, started: boolean): void {
    this.#status.overran(overrun, started);
  }

  stats(): DeliveryStats {
    return {
      ...this.#status.counts,
      lag: this.#lag,
      filtered: this.#opened?.assembler.filtered ?? 0,
    };
  }

  /** Events that are enough to be never without work. */
  get #needed(): number {
    const { concurrency, limits } = this.#parts.target;
    return AHEAD + 2 * concurrency * limits.maxEvents;
  }

  get #lag(): number {
    return this.#opened?.cursor.lag ?? 0;
  }

  #assemble(cursor: JournalCursor): Opened<Record> {
    const { target, clock, random, selection = {} } = this.#parts;
    const [status, lifetime, suspects] = [this.#status, this.#lifetime, this.#suspects];
    const onSettled = (): void => this.#wakeSettledWaiters();
    const settlement = new Settlement({ target, cursor, status, lifetime, clock, onSettled });
    const onUnsendable = settlement.giveUp.bind(settlement);
    const onFiltered = (settled: readonly PositionRange[]): Promise<boolean> => settlement.commit({ settled });
    const assembler = new BatchAssembler({ target, cursor, selection, clock, onFiltered, onUnsendable });
    const prepare = (work: Work<Record>): Promise<Readiness | Refusal> => this.#prepare(work);
    const retry = new Retry({ target, suspects, status, lifetime, clock, random, prepare });
    return { cursor, assembler, settlement, retry };
  }

  #whenOpened(): Opened<Record> {
    if (this.#opened === undefined) throw new GrantexError('STATE_INVALID', `${this.name}: not started`);
    return this.#opened;
  }

  async #run(opened: Opened<Record>): Promise<void> {
    const { cursor, assembler, settlement } = opened;
    // Batches that an earlier run had opened go first, one after the other.
    const list: Work<Record>[] = [];
    for (const { ranges, state, id } of cursor.openBatches) {
      const batch = await assembler.reopen(ranges, state);
      if (batch === undefined) await settlement.commit({ settled: ranges, close: id });
      else list.push(new Work(batch));
    }
    await this.#process(list, opened);
    const workers = Array.from({ length: this.#parts.target.concurrency }, () => this.#work(opened));
    await Promise.all(workers);
  }

  async #work(opened: Opened<Record>): Promise<void> {
    const { assembler } = opened;
    let isLastRoundOver = false;
    while (!this.#lifetime.isOver) {
      await this.#redelivery.run(assembler);
      const batch = await this.#take(assembler);
      if (batch !== undefined) {
        await Promise.all([this.#process([new Work(batch)], opened), this.#readyNext(assembler)]);
      } else if (this.#redelivery.isWaiting) {
        continue;
      } else if (this.#suspects.isAnyWaiting && !isLastRoundOver) {
        isLastRoundOver = this.#lifetime.isStopping;
        await this.#askSuspects(opened);
      } else if (this.#lifetime.isStopping) {
        return;
      }
    }
  }

  /** While a request is under way: the next batch is filled, and its body made, which nobody has to wait for. */
  async #readyNext(assembler: BatchAssembler<Record>): Promise<void> {
    await assembler.fill();
    const { target } = this.#parts;
    // A stable batch becomes another one when its cut is stored.
    if (assembler.next === undefined || target.openBatch !== undefined) return;
    target.prepareBatch?.(assembler.next).catch(() => {}); // Its attempt tries again, and tells.
  }

  /** One worker at a time waits for a batch. */
  #take(assembler: BatchAssembler<Record>): Promise<Batch<Record> | undefined> {
    const taking = this.#taking.then(() =>
      assembler.take(() => (this.#redelivery.isWaiting ? 0 : this.#suspects.askAt)),
    );
    this.#taking = taking;
    return taking;
  }

  /** Brings every batch of the list to its end, in order. What is left when the delivery ends stays in the journal. */
  async #process(list: Work<Record>[], opened: Opened<Record>): Promise<void> {
    const { retry, settlement } = opened;
    const inquiry = this.#inquiry(opened);
    for (let work = list.shift(); work !== undefined; work = list.shift()) {
      await askInOrder(inquiry);
      const decision = await retry.untilDecided(work);
      switch (decision.kind) {
        case 'accepted':
          await settlement.settle(work, work.batch.items, [], decision.statusCode);
          await askAboutAll(inquiry);
          break;
        case 'partly accepted':
          list.unshift(...(await this.#settlePart(work, decision.verdict, opened)));
          break;
        case 'halve':
          await settlement.forgetCut(work.batch);
          list.unshift(...halvesOf(work));
          break;
        case 'refused':
          await this.#refuseSingle(work, decision.refusal, list, opened);
          break;
        case 'nothing left':
          break;
        case 'ended':
          return;
      }
    }
  }

  /** Encodes the batch anew if it has become stale, and stores the cut of a stable one. */
  async #prepare(work: Work<Record>): Promise<Readiness | Refusal> {
    const { target, clock } = this.#parts;
    const { assembler, settlement } = this.#whenOpened();
    if (target.isStale?.(work.batch, clock.now()) === true) {
      const fresh = await assembler.encodeAgain(work.batch);
      if (fresh === undefined) return 'nothing left';
      work.batch = fresh;
    }
    if (target.openBatch === undefined || work.batch.state !== undefined) return 'ready';
    const state = await openOnce(target, work.batch, { clock, ended: this.#lifetime.cutOff });
    if (typeof state !== 'string') return state;
    work.batch = new Batch(work.batch.items, state);
    const isStored = await settlement.open({ id: work.batch.id, ranges: work.batch.ranges(), state });
    // What was not stored must not be sent: the next run would cut another batch.
    return isStored ? 'ready' : 'ended';
  }

  /** Settles what was accepted, stores what is given up, and returns work for the rest. */
  async #settlePart(
    work: Work<Record>,
    { refusals, statusCode }: PartlyAccepted,
    opened: Opened<Record>,
  ): Promise<Work<Record>[]> {
    const { accepted, rejected, again } = sortOut(work.batch, refusals);
    // The service took neighbours in the same request: what it rejected there is bad beyond doubt.
    const isProven = accepted.length > 0;
    if (isProven) {
      await opened.settlement.settle(work, accepted, rejected, statusCode);
      await askAboutAll(this.#inquiry(opened));
    } else {
      await opened.settlement.forgetCut(work.batch);
    }
    const rest: Work<Record>[] = [];
    const [first] = again;
    if (first !== undefined) {
      const part = work.part(new Batch(again.map(({ item }) => item)));
      // At once, if the answer says so and has decided about others: a service may stop at the first bad event.
      const isAtOnce = first.refusal.retryAfterMs === 0 && again.length < work.batch.size;
      if (!isAtOnce) part.pending = first.refusal;
      part.failures = work.failures;
      rest.push(part);
    }
    if (isProven) return rest;
    for (const { item, refusal } of rejected) {
      const part = work.part(new Batch([item]));
      part.pending = refusal;
      rest.push(part);
    }
    return rest;
  }

  /** A single event was refused for its content, or fails again and again: it is set aside until more is known. */
  async #refuseSingle(
    work: Work<Record>,
    refusal: Refusal,
    list: Work<Record>[],
    opened: Opened<Record>,
  ): Promise<void> {
    work.refusal = refusal;
    this.#suspects.add(work, this.#parts.clock.now(), this.#settledWaiters.size > 0);
    opened.assembler.wake(); // Another worker may be waiting for events only.
    if (this.#suspects.size < MAX_SUSPECTS) return;
    await probeUntilAccepted(refusal, list, {
      ...this.#inquiry(opened),
      assembler: opened.assembler,
      settlePart: (part, verdict) => this.#settlePart(part, verdict, opened),
    });
  }

  /** Nothing follows the suspects: they are asked about again after a while. */
  async #askSuspects(opened: Opened<Record>): Promise<void> {
    await askAboutAll(this.#inquiry(opened));
    const { oldest } = this.#suspects;
    if (oldest?.refusal !== undefined && !this.#suspects.isServiceProven) this.#status.holding(oldest.refusal);
  }

  #inquiry({ retry, settlement, assembler }: Opened<Record>): Inquiry<Record> {
    return {
      suspects: this.#suspects,
      retry,
      settlement,
      lifetime: this.#lifetime,
      clock: this.#parts.clock,
      isHurried: () => this.#settledWaiters.size > 0,
      onSetAside: () => assembler.wake(),
    };
  }

  #end({ assembler, retry }: Opened<Record>): void {
    this.#status.stopped();
    this.#lifetime.end();
    this.#redelivery.end();
    assembler.end();
    retry.wake();
    this.#wakeSettledWaiters();
  }

  #wakeSettledWaiters(): void {
    for (const resolve of this.#settledWaiters) resolve();
    this.#settledWaiters.clear();
  }
}
