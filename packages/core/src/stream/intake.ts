import type { Clock } from '../clock.js';
import { backoffDelay } from '../backoff.js';
import { GrantexError } from '../errors.js';
import { parseEvent } from '../events.js';
import { EventRecord } from '../journal/event-record.js';
import type { Journal } from '../journal/journal.js';
import type { Logger } from '../logger.js';
import { RecentIds } from './recent-ids.js';

/** Characters that wait for the journal at most before the connections are read no further. */
const MAX_WAITING = 16_777_216;
/** Of a frame that is no event so many characters are kept. */
const MAX_KEPT = 65_536;
const APPEND_BACKOFF = { initialMs: 100, maxMs: 5_000 };

export interface IntakeStats {
  /** Events appended to the journal. */
  readonly received: number;
  /** Events that came again, on another connection, and were dropped. */
  readonly repeated: number;
  /** Frames that are no events; kept among the dead letters. */
  readonly notEvents: number;
}

/**
 * From frames to the journal: parses, checks, drops repeats and types that were not asked for, and appends. What comes
 * while an append is under way makes up the next group, so that a slow disk is given fewer and larger ones.
 */
export class Intake {
  readonly #journal: Journal;
  readonly #types: ReadonlySet<string> | undefined;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #logger: Logger;
  readonly #recentIds: RecentIds;
  #waiting: EventRecord[] = [];
  #waitingCharacters = 0;
  #appending: Promise<void> | undefined;
  #isClosed = false;
  /** Aborted when nothing is to wait any more. */
  readonly #pausing = new AbortController();
  #received = 0;
  #repeated = 0;
  #notEvents = 0;

  constructor(parts: {
    readonly journal: Journal;
    readonly types: readonly string[] | undefined;
    /** What an earlier run appended last. */
    readonly recentIds: readonly string[];
    readonly clock: Clock;
    readonly random: () => number;
    readonly logger: Logger;
  }) {
    this.#journal = parts.journal;
    this.#types = parts.types === undefined ? undefined : new Set(parts.types);
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#logger = parts.logger;
    this.#recentIds = new RecentIds(parts.recentIds);
  }

  stats(): IntakeStats {
    return { received: this.#received, repeated: this.#repeated, notEvents: this.#notEvents };
  }

  /** Takes one frame's text. */
  onFrame(frame: string): void {
    const parsed = parseEvent(frame);
    if ('reason' in parsed) {
      this.#keep(frame, parsed.reason);
      return;
    }
    const { event } = parsed;
    // In JSON a line end can only stand between the members, and destinations that write lines could not send it.
    const text = /[\n\r]/.test(frame) ? frame.replaceAll(/[\n\r]/g, ' ') : frame;
    if (this.#types !== undefined && !this.#types.has(event.type)) return;
    if (!this.#recentIds.add(event.id)) {
      this.#repeated++;
      return;
    }
    this.#waiting.push(new EventRecord(event.id, text, event));
    this.#waitingCharacters += text.length;
    this.#appending ??= this.#append();
  }

  /** Takes the beginning of a frame that was too long. */
  onOversize(head: string): void {
    this.#keep(head, 'longer than 8 MiB; only the beginning is kept');
  }

  /** A promise while more waits for the journal than should. */
  backpressure(): Promise<void> | undefined {
    return this.#waitingCharacters > MAX_WAITING ? this.#appending : undefined;
  }

  /** Resolves when everything that came is in the journal, or when `deadline` aborts before. */
  async close(deadline?: AbortSignal): Promise<void> {
    const giveUp = (): void => {
      this.#isClosed = true;
      this.#pausing.abort();
    };
    deadline?.addEventListener('abort', giveUp, { once: true });
    await this.#appending;
    deadline?.removeEventListener('abort', giveUp);
    giveUp();
  }

  async #append(): Promise<void> {
    // All events of one piece of network data come in one go; this lets them become one group.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      if (await this.#isAppended(group)) this.#received += group.length;
      for (const { text } of group) this.#waitingCharacters -= text.length;
    }
    this.#appending = undefined;
  }

  /** Appends, again and again if the journal cannot for now: these events exist nowhere else. False after the end. */
  async #isAppended(group: readonly EventRecord[]): Promise<boolean> {
    for (let failures = 1; !this.#isClosed; failures++) {
      try {
        await this.#journal.append(group);
        return true;
      } catch (error) {
        if (error instanceof GrantexError && error.code === 'JOURNAL_CLOSED') return false;
        if (failures === 1) {
          const message = error instanceof Error ? error.message : String(error);
          this.#logger.error(`journal: cannot take events, which wait in memory meanwhile: ${message}`);
        }
      }
      const delay = backoffDelay(failures, APPEND_BACKOFF, this.#random);
      await this.#clock.sleep(delay, this.#pausing.signal).catch(() => {}); // Closed: the loop ends.
    }
    return false;
  }

  #keep(text: string, reason: string): void {
    this.#notEvents++;
    if (this.#notEvents === 1) {
      this.#logger.warn(`event stream: a frame is no event and is kept among the dead letters: ${reason}`);
    }
    const now = this.#clock.now();
    const letter = {
      destination: 'stream',
      text: text.slice(0, MAX_KEPT),
      code: 'NOT_AN_EVENT',
      reason,
      attempts: 0,
      firstAt: now,
      lastAt: now,
    } as const;
    this.#journal.deadLetters.addFrame(letter).catch((error: unknown) => {
      this.#logger.error(`journal: a frame that is no event could not be kept: ${String(error)}`);
    });
  }
}
