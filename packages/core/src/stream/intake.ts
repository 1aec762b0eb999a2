import type { Clock } from '../clock.js';
import { backoffDelay } from '../backoff.js';
import { codeOf } from '../errors.js';
import { parseEvent, type UnknownEvent } from '../events.js';
import { EventRecord } from '../journal/event-record.js';
import type { Journal } from '../journal/journal.js';
import type { Logger } from '../logger.js';
import { RecentIds } from './recent-ids.js';

/** Characters that wait for the journal at most before the connections are read no further. */
const MAX_WAITING = 16_777_216;
/** While it is ahead, so many characters are read at a time, and so many milliseconds lie between at most: 8 MB/s at least. */
const READ_AT_ONCE = 65_536;
const GIVE_WAY_MS = 8;
/** So many characters may wait for the journal before that: large groups cost it less, but what is old costs the collector. */
const AHEAD_OF_JOURNAL = 1_048_576;
/** Of a frame that is no event so many characters are kept. */
const MAX_KEPT = 65_536;
/** An event is counted on to be on its way for so long at least, and at most; milliseconds. */
const SHORTEST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
const APPEND_BACKOFF = { initialMs: 100, maxMs: 5_000 };

/** What has come from the stream since the start. */
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
  readonly #recentIds = new RecentIds();
  #waiting: EventRecord[] = [];
  #waitingCharacters = 0;
  #appending: Promise<void> | undefined;
  /** When the last append began. */
  #appendedAt = -Infinity;
  /** Aborted when appends follow one another at once. */
  readonly #closing = new AbortController();
  #isClosed = false;
  /** Aborted when nothing is to wait any more. */
  readonly #pausing = new AbortController();
  #received = 0;
  #repeated = 0;
  #notEvents = 0;
  readonly #heardUntil: (delayMs: number) => number | undefined;
  /** The journal is open, and what it remembers is known. */
  #isOpen = false;
  #noted: number | undefined;
  /** Events came that the journal did not take before the end: it must not be told that the stream was heard until now. */
  #hasLost = false;
  /** Settles when there is room again, while the journal is not open. */
  #roomy: PromiseWithResolvers<void> | undefined;
  #delayMs = SHORTEST_DELAY_MS;
  /** How long the newest event was on its way, and the quickest one of this run: between the two clocks lies the least. */
  #latestDelayMs = 0;
  #leastDelayMs = 0;
  readonly #isReadingAhead: () => boolean;
  /** Characters read since the deliveries were last given way. */
  #readAtOnce = 0;

  constructor(parts: {
    readonly journal: Journal;
    readonly types: readonly string[] | undefined;
    /** Up to when everything has come that was on its way for `delayMs`; see {@link Journal.append}. */
    readonly heardUntil: (delayMs: number) => number | undefined;
    /** Whether every delivery has more to do than it can begin with, so that reading faster helps nobody. */
    readonly isReadingAhead: () => boolean;
    readonly clock: Clock;
    readonly random: () => number;
    readonly logger: Logger;
  }) {
    this.#journal = parts.journal;
    this.#types = parts.types === undefined ? undefined : new Set(parts.types);
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#logger = parts.logger;
    this.#heardUntil = parts.heardUntil;
    this.#isReadingAhead = parts.isReadingAhead;
  }

  stats(): IntakeStats {
    return { received: this.#received, repeated: this.#repeated, notEvents: this.#notEvents };
  }

  /** How long events were on their way lately, milliseconds: between one second and one minute. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** The journal is open: what waits is appended, but for what it has already. */
  open(recentIds: readonly string[]): void {
    this.dropAppended(recentIds);
    this.#isOpen = true;
    if (this.#waiting.length > 0) this.#appending ??= this.#append();
  }

  /** These ids are in the journal: another process that still holds it has appended them. */
  dropAppended(ids: readonly string[]): void {
    const appended = new Set(ids);
    for (const id of ids) this.#recentIds.add(id);
    if (this.#waiting.length === 0) return;
    const dropped = this.#waiting.filter(({ id }) => appended.has(id));
    this.#waiting = this.#waiting.filter(({ id }) => !appended.has(id));
    for (const { text } of dropped) this.#waitingCharacters -= text.length;
    this.#repeated += dropped.length;
    this.#release();
  }

  /** Appends an event that this software makes itself, whatever types were asked for. */
  add(event: UnknownEvent): void {
    this.#take(new EventRecord(event.id, JSON.stringify(event)));
  }

  /** Lets the journal know that the stream is heard, while nothing comes that would say so. */
  async noteHeard(delayMs: number = this.#delayMs): Promise<void> {
    const until = this.#heardUntil(delayMs);
    if (!this.#isOpen || this.#appending !== undefined || this.#hasLost) return;
    if (until === undefined || until === this.#noted) return;
    this.#noted = until;
    await this.#journal.noteHeard(until);
  }

  /** Takes one frame's text. */
  onFrame(frame: string): void {
    this.#readAtOnce += frame.length;
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
    this.#take(new EventRecord(event.id, text, event));
  }

  /** Takes the beginning of a frame that was too long. */
  onOversize(head: string): void {
    this.#keep(head, 'longer than 8 MiB; only the beginning is kept');
  }

  /** A promise while more waits for the journal than should. */
  backpressure(): Promise<void> | undefined {
    if (this.#waitingCharacters <= MAX_WAITING) return undefined;
    if (this.#appending !== undefined) return this.#appending;
    this.#roomy ??= Promise.withResolvers();
    return this.#roomy.promise;
  }

  /**
   * A promise when it is the turn of the journal and the deliveries to have the processor. In a burst the reading would
   * otherwise take all of it, and fill the memory with what could have been delivered meanwhile.
   */
  giveWay(): Promise<void> | undefined {
    if (this.#readAtOnce < READ_AT_ONCE) return undefined;
    this.#readAtOnce = 0;
    return this.#isAhead ? this.#waitWhileAhead() : undefined;
  }

  /** Resolves when everything that came is in the journal, or when `deadline` aborts before. */
  async close(deadline?: AbortSignal): Promise<void> {
    const giveUp = (): void => {
      this.#isClosed = true;
      this.#pausing.abort();
    };
    deadline?.addEventListener('abort', giveUp, { once: true });
    this.#closing.abort();
    await this.#appending;
    // To the moment, so that whoever takes over and heard the stream before then has missed nothing. Events that were late
    // may be on their way still; a second is taken off at the next start in any case.
    const lateMs = Math.min(this.#latestDelayMs - this.#leastDelayMs, LONGEST_DELAY_MS);
    const behindMs = Math.max(lateMs - SHORTEST_DELAY_MS, 0);
    await this.noteHeard(behindMs).catch(() => {}); // Then the next run records a longer gap.
    deadline?.removeEventListener('abort', giveUp);
    giveUp();
    this.#release();
  }

  get #isAhead(): boolean {
    return this.#waitingCharacters > AHEAD_OF_JOURNAL || this.#isReadingAhead();
  }

  async #waitWhileAhead(): Promise<void> {
    for (let waited = 0; waited < GIVE_WAY_MS && this.#isAhead; waited++) await this.#clock.sleep(1);
  }

  #take(record: EventRecord): void {
    this.#waiting.push(record);
    this.#waitingCharacters += record.text.length;
    if (this.#isOpen) this.#appending ??= this.#append();
  }

  #release(): void {
    if (!this.#isClosed && this.#waitingCharacters > MAX_WAITING) return;
    this.#roomy?.resolve();
    this.#roomy = undefined;
  }

  async #append(): Promise<void> {
    // All events of one piece of network data come in one go; this lets them become one group.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#spread();
      const group = this.#waiting;
      this.#waiting = [];
      this.#noteDelay(group);
      if (await this.#isAppended(group)) this.#received += group.length;
      else this.#hasLost = true;
      for (const { text } of group) this.#waitingCharacters -= text.length;
    }
    this.#appending = undefined;
    this.#release();
  }

  /** Waits until the journal may be given the next group: until then more come that belong to it. */
  async #spread(): Promise<void> {
    const { appendIntervalMs = 0 } = this.#journal;
    const wait = this.#appendedAt + appendIntervalMs - this.#clock.now();
    // The clock may have been put back.
    if (wait > 0 && wait <= appendIntervalMs) await this.#clock.sleep(wait, this.#closing.signal).catch(() => {});
    this.#appendedAt = this.#clock.now();
  }

  /** How long the newest of them was on its way. Clocks may differ, hence the bounds. */
  #noteDelay(group: readonly EventRecord[]): void {
    const createdAt = Date.parse(group.at(-1)?.event.createdAt ?? '');
    const delay = this.#clock.now() - createdAt;
    if (!Number.isFinite(delay)) return;
    this.#delayMs = Math.min(Math.max(delay, SHORTEST_DELAY_MS), LONGEST_DELAY_MS);
    this.#leastDelayMs = this.#received === 0 ? delay : Math.min(this.#leastDelayMs, delay);
    this.#latestDelayMs = delay;
  }

  /** Appends, again and again if the journal cannot for now: these events exist nowhere else. False after the end. */
  async #isAppended(group: readonly EventRecord[]): Promise<boolean> {
    // Taken now: what comes while the append is under way is not in the group.
    const heardUntil = this.#heardUntil(this.#delayMs);
    for (let failures = 1; !this.#isClosed; failures++) {
      try {
        await this.#journal.append(group, heardUntil);
        this.#noted = heardUntil;
        return true;
      } catch (error) {
        if (codeOf(error) === 'JOURNAL_CLOSED') return false;
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
