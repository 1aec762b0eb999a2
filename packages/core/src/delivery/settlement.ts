import type { Clock } from '../clock.js';
import type { CursorChange, JournalCursor, NewDeadLetter, OpenBatch, PositionRange } from '../journal/journal.js';
import type { Unsendable } from './assembler.js';
import { probeDelay } from '../backoff.js';
import { Batch, type BatchItem } from './batch.js';
import type { DeliveryStatus } from './delivery-status.js';
import type { Lifetime } from './lifetime.js';
import type { DeliveryTarget } from './target.js';
import type { Refusal } from './verdict.js';
import type { Work } from './work.js';

/** An event that is given up, with the last word about it. */
export interface Rejected<Record> {
  readonly item: BatchItem<Record>;
  readonly refusal: Refusal;
}

/** Writes into the journal what became of events: delivered, or dead letters. */
export class Settlement<Record> {
  readonly #target: DeliveryTarget<Record>;
  readonly #cursor: JournalCursor;
  readonly #status: DeliveryStatus;
  readonly #lifetime: Lifetime;
  readonly #clock: Clock;
  readonly #onSettled: () => void;

  constructor(parts: {
    readonly target: DeliveryTarget<Record>;
    readonly cursor: JournalCursor;
    readonly status: DeliveryStatus;
    readonly lifetime: Lifetime;
    readonly clock: Clock;
    /** Called after every commit. */
    readonly onSettled: () => void;
  }) {
    this.#target = parts.target;
    this.#cursor = parts.cursor;
    this.#status = parts.status;
    this.#lifetime = parts.lifetime;
    this.#clock = parts.clock;
    this.#onSettled = parts.onSettled;
  }

  /** Settles these events of a batch, in one commit. */
  async settle(
    work: Work<Record>,
    accepted: readonly BatchItem<Record>[],
    rejected: readonly Rejected<Record>[],
    statusCode: number | undefined,
  ): Promise<void> {
    const { batch, attempts, firstAt, lastAt } = work;
    const items = rejected.length === 0 ? accepted : [...accepted, ...rejected.map(({ item }) => item)];
    if (items.length === 0) return;
    const ranges = items.length === batch.size ? batch.ranges() : new Batch(items).ranges();
    const deadLetters: NewDeadLetter[] = [];
    for (const { item, refusal } of rejected) {
      deadLetters.push(await this.#deadLetter(item, refusal, { attempts, firstAt, lastAt }));
    }
    const isDone = await this.commit({
      settled: ranges,
      ...(deadLetters.length > 0 && { deadLetters }),
      ...(batch.state !== undefined && { close: batch.id }),
      receipt: { ranges, at: lastAt, attempts, ...(statusCode !== undefined && { statusCode }) },
    });
    if (!isDone) return;
    this.#status.delivered += accepted.length;
    this.#tell(deadLetters);
  }

  /** Gives up events that cannot be sent at all. */
  async giveUp(unsendable: readonly Unsendable[]): Promise<void> {
    const now = this.#clock.now();
    const settled: PositionRange[] = [];
    const deadLetters: NewDeadLetter[] = [];
    for (const { position, refusal } of unsendable) {
      this.#status.noteRefusal(refusal);
      settled.push([position, position]);
      deadLetters.push(await this.#deadLetter({ position }, refusal, { attempts: 0, firstAt: now, lastAt: now }));
    }
    if (await this.commit({ settled, deadLetters })) this.#tell(deadLetters);
  }

  /** Stores the cut of a batch before its first attempt. False when the delivery ended before. */
  async open(batch: OpenBatch): Promise<boolean> {
    return this.commit({ open: batch });
  }

  /** The batch is divided: its parts are stored on their own, before their own first attempts. */
  async forgetCut({ id, state }: Batch<Record>): Promise<void> {
    if (state !== undefined) await this.commit({ close: id });
  }

  /** Commits, again and again if the journal cannot for now. False when the delivery ended before. */
  async commit(change: CursorChange): Promise<boolean> {
    for (let failures = 1; ; failures++) {
      try {
        await this.#cursor.commit(change);
        this.#onSettled();
        return true;
      } catch (error) {
        this.#status.blocked(error);
      }
      if (this.#lifetime.isStopping) this.#lifetime.end();
      if (this.#lifetime.isOver) return false;
      await this.#lifetime.pause(probeDelay(failures, this.#target.backoff));
    }
  }

  /** With the text that came, as far as the journal still has it, rather than what a transform made of it. */
  async #deadLetter(
    { position, event, text = '' }: Pick<BatchItem<Record>, 'position'> & Partial<BatchItem<Record>>,
    { code, message, statusCode }: Refusal,
    times: Pick<NewDeadLetter, 'attempts' | 'firstAt' | 'lastAt'>,
  ): Promise<NewDeadLetter> {
    const [record] = await this.#cursor.readRanges([[position, position]]);
    const eventId = record?.id ?? event?.id;
    return {
      destination: this.#target.name,
      ...(eventId !== undefined && { eventId }),
      text: record?.text ?? text,
      code,
      reason: this.#target.redact(message),
      ...times,
      ...(statusCode !== undefined && { statusCode }),
    };
  }

  #tell(deadLetters: readonly NewDeadLetter[]): void {
    this.#status.gaveUp(deadLetters);
    for (const letter of deadLetters) {
      try {
        this.#target.onDeadLetter?.(letter);
      } catch (error) {
        this.#status.onDeadLetterFailed(error);
      }
    }
  }
}
