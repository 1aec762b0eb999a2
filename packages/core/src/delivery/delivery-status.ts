import type { Clock } from '../clock.js';
import type { NewDeadLetter, Overrun } from '../journal/journal.js';
import type { Logger } from '../logger.js';
import type { DeliveryState, DeliveryStats, LastError } from './delivery-stats.js';
import type { DeliveryTarget } from './target.js';
import type { Refusal } from './verdict.js';

/** A failure is worth a line in the log when it lasts. */
const FAILURES_WORTH_A_WARNING = 3;
/** A service that fails now and then is no news: one line for so many milliseconds. */
const QUIET_MS = 60_000;

/** What a delivery is doing, as it is shown: state, counters, and a line in the log for a change of state. */
export class DeliveryStatus {
  readonly #target: Pick<DeliveryTarget<never>, 'name' | 'redact'>;
  readonly #logger: Logger;
  readonly #clock: Clock;
  #state: DeliveryState = 'delivering';
  #lastError: LastError | undefined;
  #deadLettered = 0;
  #overrun = 0;
  /** Of the overrun that is going on. */
  #overrunNow = 0;
  /** The trouble that the last warning told, until the recovery: it is not told again. */
  #toldTrouble = '';
  /** When it was last said that something is tried again. Unix epoch, milliseconds. */
  #saidAt = -Infinity;
  delivered = 0;
  requests = 0;
  retries = 0;

  constructor(target: Pick<DeliveryTarget<never>, 'name' | 'redact'>, logger: Logger, clock: Clock) {
    this.#target = target;
    this.#logger = logger;
    this.#clock = clock;
  }

  get isStopped(): boolean {
    return this.#state === 'stopped';
  }

  get counts(): Omit<DeliveryStats, 'lag' | 'filtered'> {
    return {
      state: this.#state,
      lastError: this.#lastError,
      delivered: this.delivered,
      deadLettered: this.#deadLettered,
      overrun: this.#overrun,
      requests: this.requests,
      retries: this.retries,
    };
  }

  noteRefusal({ code, message, statusCode }: Refusal): void {
    this.#lastError = {
      code,
      message: this.#target.redact(message),
      ...(statusCode !== undefined && { statusCode }),
      at: this.#clock.now(),
    };
  }

  /** Nothing is sent but probes. */
  holding(refusal: Refusal): void {
    this.#change('holding');
    const trouble = `holding ${refusal.code}`;
    if (this.#toldTrouble === trouble) return;
    this.#toldTrouble = trouble;
    this.#warn('holding, nothing is lost', refusal);
  }

  /** The same batch is tried again, after `failures` failures in a row. */
  retrying(refusal: Refusal, failures: number): void {
    this.#change('retrying');
    const now = this.#clock.now();
    if (failures < FAILURES_WORTH_A_WARNING || this.#toldTrouble !== '' || now < this.#saidAt + QUIET_MS) return;
    this.#saidAt = now;
    this.#toldTrouble = 'retrying';
    this.#warn('trying again, nothing is lost', refusal);
  }

  /** The service accepted something. */
  delivering(): void {
    if (this.#toldTrouble !== '') this.#logger.info(`${this.#target.name}: delivering again`);
    this.#toldTrouble = '';
    this.#change('delivering');
  }

  /** The journal cannot settle what was delivered. */
  blocked(error: unknown): void {
    if (this.#state === 'holding') return;
    this.#change('holding');
    const message = error instanceof Error ? error.message : String(error);
    this.#logger.error(`${this.#target.name}: holding, the journal cannot settle events: ${message}`);
  }

  stopped(): void {
    this.#change('stopped');
  }

  /** The delivery itself failed: a fault of this software, or of a destination's own hooks. */
  failed(error: unknown): void {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#logger.error(`${this.#target.name}: the delivery ended by a fault: ${this.#target.redact(message)}`);
    this.#change('stopped');
  }

  gaveUp(letters: readonly NewDeadLetter[]): void {
    const [first] = letters;
    if (first === undefined) return;
    this.#deadLettered += letters.length;
    this.#logger.error(
      `${this.#target.name}: gave up ${letters.length} event(s), kept among the dead letters. ${first.reason}`,
      { destination: this.#target.name, eventId: first.eventId, code: first.code },
    );
  }

  onDeadLetterFailed(error: unknown): void {
    this.#logger.error(`${this.#target.name}: onDeadLetter failed: ${this.#target.redact(String(error))}`);
  }

  overran({ count }: Overrun, started: boolean): void {
    this.#overrun += count - (started ? 0 : this.#overrunNow);
    this.#overrunNow = count;
  }

  #change(state: DeliveryState): void {
    if (this.#state !== 'stopped') this.#state = state;
  }

  #warn(what: string, { code, message, statusCode }: Refusal): void {
    const { name } = this.#target;
    this.#logger.warn(`${name}: ${what}. ${this.#target.redact(message)}`, { destination: name, code, statusCode });
  }
}
