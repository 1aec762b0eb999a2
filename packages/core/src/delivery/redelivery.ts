import type { Clock } from '../clock.js';
import { GrantexError } from '../errors.js';
import { EventRecord } from '../journal/event-record.js';
import type { DeadLetter, DeadLetters } from '../journal/journal.js';
import type { BatchAssembler } from './assembler.js';
import { attemptOnce, openOnce } from './attempt.js';
import { Batch, type BatchItem } from './batch.js';
import type { Lifetime } from './lifetime.js';
import type { DeliveryTarget } from './target.js';
import { CONSEQUENCES, type Refusal } from './verdict.js';

/** What became of dead letters that were sent again. */
export interface RedeliveryReport {
  /** Numbers of those that the service took; they are no dead letters any more. */
  readonly delivered: readonly number[];
  /** Those that were refused again, with the new reason. They stay. */
  readonly refused: readonly DeadLetter[];
  /** Numbers of those that were not tried to the end, because the service, or a setting, is out of order. They stay as they were. */
  readonly untried: readonly number[];
  /** Why there are `untried` ones. */
  readonly reason?: string;
}

interface Order {
  readonly letters: readonly DeadLetter[];
  readonly resolve: (report: RedeliveryReport) => void;
  readonly reject: (error: unknown) => void;
}

interface Letter<Record> {
  readonly letter: DeadLetter;
  readonly item: BatchItem<Record>;
}

/**
 * Sends dead letters again when somebody asks for it, between two batches of the delivery. One attempt each: whoever asked
 * waits for the answer. Letters that were accepted are removed afterwards, so that a crash in between repeats them.
 */
export class Redelivery<Record> {
  readonly #target: DeliveryTarget<Record>;
  readonly #deadLetters: DeadLetters;
  readonly #lifetime: Lifetime;
  readonly #clock: Clock;
  readonly #orders: Order[] = [];

  constructor(parts: {
    readonly target: DeliveryTarget<Record>;
    readonly deadLetters: DeadLetters;
    readonly lifetime: Lifetime;
    readonly clock: Clock;
  }) {
    this.#target = parts.target;
    this.#deadLetters = parts.deadLetters;
    this.#lifetime = parts.lifetime;
    this.#clock = parts.clock;
  }

  get isWaiting(): boolean {
    return this.#orders.length > 0;
  }

  /** Resolves when each letter was tried. */
  ask(letters: readonly DeadLetter[]): Promise<RedeliveryReport> {
    return new Promise((resolve, reject) => this.#orders.push({ letters, resolve, reject }));
  }

  /** Nothing is sent any more. */
  end(): void {
    const error = new GrantexError('STATE_INVALID', `${this.#target.name}: stopped before the dead letters were tried`);
    for (const { reject } of this.#orders.splice(0)) reject(error);
  }

  async run(assembler: BatchAssembler<Record>): Promise<void> {
    for (let order = this.#orders.shift(); order !== undefined; order = this.#orders.shift()) {
      try {
        order.resolve(await this.#send(order.letters, assembler));
      } catch (error) {
        order.reject(error);
      }
    }
  }

  async #send(letters: readonly DeadLetter[], assembler: BatchAssembler<Record>): Promise<RedeliveryReport> {
    const report = { delivered: [] as number[], refused: [] as DeadLetter[] };
    const batches = this.#batches(letters, assembler, report.refused);
    let stopped: Refusal | undefined;
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      const outcome = await this.#attempt(batch);
      report.delivered.push(...outcome.delivered);
      const isAlone = batch.length === 1;
      const single: Letter<Record>[][] = [];
      for (const { letter, refusal } of outcome.refused) {
        if (CONSEQUENCES[refusal.code] !== 'halve') stopped = refusal;
        else if (isAlone || outcome.refused.length < batch.length)
          report.refused.push(this.#again(letter.letter, refusal));
        else single.push([letter]);
      }
      batches.unshift(...single);
      if (stopped !== undefined || this.#lifetime.isOver) break;
    }
    await this.#deadLetters.remove(report.delivered);
    await this.#deadLetters.replace(report.refused);
    const known = new Set([...report.delivered, ...report.refused.map(({ number }) => number)]);
    const untried = letters.map(({ number }) => number).filter((number) => !known.has(number));
    const reason = stopped === undefined ? undefined : this.#target.redact(stopped.message);
    return { ...report, untried, ...(reason !== undefined && { reason }) };
  }

  /** Batches within the limits of the service, each of one partition. What cannot be encoded goes to `refused`. */
  #batches(
    letters: readonly DeadLetter[],
    assembler: BatchAssembler<Record>,
    refused: DeadLetter[],
  ): Letter<Record>[][] {
    const { maxEvents, maxBytes, batchOverheadBytes = 2 } = this.#target.limits;
    const batches: Letter<Record>[][] = [];
    let bytes = 0;
    for (const letter of letters) {
      const record = new EventRecord(letter.eventId ?? '', letter.text);
      record.position = letter.number;
      const item = assembler.encode(record, this.#clock.now());
      if ('outcome' in item) {
        refused.push(this.#again(letter, item));
        continue;
      }
      const last = batches.at(-1);
      const fits =
        last !== undefined &&
        last.length < maxEvents &&
        bytes + item.bytes <= maxBytes &&
        last[0]?.item.partition === item.partition;
      if (fits) last.push({ letter, item });
      else batches.push([{ letter, item }]);
      bytes = (fits ? bytes : batchOverheadBytes) + item.bytes;
    }
    return batches;
  }

  async #attempt(letters: readonly Letter<Record>[]): Promise<{
    readonly delivered: readonly number[];
    readonly refused: readonly { readonly letter: Letter<Record>; readonly refusal: Refusal }[];
  }> {
    const unopened = new Batch(letters.map(({ item }) => item));
    const bounds = { clock: this.#clock, ended: this.#lifetime.cutOff };
    const state = this.#target.openBatch === undefined ? undefined : await openOnce(this.#target, unopened, bounds);
    const verdict =
      typeof state === 'object'
        ? state
        : await attemptOnce(this.#target, new Batch(unopened.items, state), { ...bounds, number: 1 });
    if (verdict.outcome === 'refused') {
      return { delivered: [], refused: letters.map((letter) => ({ letter, refusal: verdict })) };
    }
    const refusals = verdict.outcome === 'accepted' ? new Map<number, Refusal>() : verdict.refusals;
    const delivered: number[] = [];
    const refused: { letter: Letter<Record>; refusal: Refusal }[] = [];
    for (const [index, letter] of letters.entries()) {
      const refusal = refusals.get(index);
      if (refusal === undefined) delivered.push(letter.letter.number);
      else refused.push({ letter, refusal });
    }
    return { delivered, refused };
  }

  #again(letter: DeadLetter, { code, message, statusCode }: Refusal): DeadLetter {
    const { statusCode: _before, ...kept } = letter;
    return {
      ...kept,
      code,
      reason: this.#target.redact(message),
      attempts: letter.attempts + 1,
      lastAt: this.#clock.now(),
      ...(statusCode !== undefined && { statusCode }),
    };
  }
}
