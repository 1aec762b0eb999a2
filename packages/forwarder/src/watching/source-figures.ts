import type { DeliveryStats, Gap, SourceStats } from '@grantex/core';
import { AppendTimes, type HeadAt } from './append-times.js';
import { DeliveryRate } from './delivery-rate.js';
import type { DestinationStatus, GapStatus, JournalStatus, SourceStatus } from './status.js';

/** What the source's own figures do not say. */
export interface SourceFacts {
  /** By the destination's name; switched-off ones included. */
  readonly types: Readonly<Record<string, string>>;
  /** Names of destinations that are switched off. */
  readonly off: readonly string[];
  readonly journalType: JournalStatus['type'];
  /** False while appends are refused: the disk is full. */
  readonly journalWritable: boolean;
  /** Another process has the journal. */
  readonly waitsForJournal: boolean;
}

const MAX_GAPS = 20;

const NOTHING_DELIVERED: DeliveryStats = {
  state: 'stopped',
  lag: 0,
  lastError: undefined,
  delivered: 0,
  deadLettered: 0,
  filtered: 0,
  overrun: 0,
  requests: 0,
  retries: 0,
};

/**
 * Turns what a source says of itself into its part of the status. Rates and waiting times come from samples, which are to
 * be taken once a second. Times are Unix epoch in milliseconds, and given by the caller.
 */
export class SourceFigures {
  readonly #startedAt: number;
  readonly #appends = new AppendTimes();
  readonly #rates = new Map<string, DeliveryRate>();
  #gapCount = 0;
  #gapMs = 0;

  /**
   * @param startedAt When this process began to listen. What waits from before counts as waiting since the first sample,
   * so that its time is a lower bound, unless `earlier` says when the journal's newest position was which; in order of time.
   */
  constructor(startedAt: number, earlier: readonly HeadAt[] = []) {
    this.#startedAt = startedAt;
    for (const known of earlier) this.#appends.note(known);
  }

  sample({ journal, destinations }: Pick<SourceStats, 'journal' | 'destinations'>, at: number): void {
    this.#appends.note({ head: journal.head, at });
    for (const name of this.#rates.keys()) if (!Object.hasOwn(destinations, name)) this.#rates.delete(name);
    for (const [name, { delivered }] of Object.entries(destinations)) {
      const rate = this.#rates.get(name) ?? new DeliveryRate();
      this.#rates.set(name, rate);
      rate.note(delivered, at);
    }
  }

  /** For `onGap`: counts the gaps of this process. */
  noteGap({ from, to }: Pick<Gap, 'from' | 'to'>): void {
    this.#gapCount++;
    this.#gapMs += Math.max(to - from, 0);
  }

  status(stats: SourceStats, at: number, facts: SourceFacts): SourceStatus {
    const names = new Set([...Object.keys(stats.destinations), ...facts.off]);
    const destinations = [...names].map((name) => [name, this.#destination(name, stats, at, facts)] as const);
    return {
      state: facts.waitsForJournal ? 'waiting' : stats.state === 'idle' ? 'connecting' : stats.state,
      lost_since: this.#lostSince(stats),
      received: stats.received,
      repeated: stats.repeated,
      not_events: stats.notEvents,
      journal: this.#journal(stats, facts),
      destinations: Object.fromEntries(destinations),
    };
  }

  #lostSince({ state, lostSince }: SourceStats): string | null {
    if (state === 'heard') return null;
    if (lostSince !== undefined) return iso(lostSince);
    // Not heard yet, and no earlier run has heard it either.
    return state === 'idle' || state === 'connecting' ? iso(this.#startedAt) : null;
  }

  #journal({ journal }: SourceStats, facts: SourceFacts): JournalStatus {
    return {
      type: facts.journalType,
      events: journal.events,
      bytes: journal.bytes,
      waiting_bytes: journal.waitingBytes,
      max_bytes: journal.maxBytes,
      head: journal.head,
      dead_letters: journal.deadLetters,
      writable: facts.journalWritable,
      gaps: journal.gaps.slice(-MAX_GAPS).map(gapStatus),
      gap_count: this.#gapCount,
      gap_seconds: this.#gapMs / 1_000,
    };
  }

  #destination(name: string, stats: SourceStats, at: number, { types, off }: SourceFacts): DestinationStatus {
    const isOff = off.includes(name);
    const figures = stats.destinations[name] ?? NOTHING_DELIVERED;
    const { lastError } = figures;
    const waiting = isOff ? 0 : figures.lag;
    return {
      type: types[name] ?? 'unknown',
      state: isOff ? 'off' : figures.state,
      waiting,
      oldest_waiting_seconds: this.#oldestWaitingSeconds(stats.journal.head, waiting, at),
      events_per_second: isOff ? 0 : (this.#rates.get(name)?.at(figures.delivered, at) ?? 0),
      delivered: figures.delivered,
      dead_lettered: figures.deadLettered,
      filtered: figures.filtered,
      overrun: figures.overrun,
      requests: figures.requests,
      retries: figures.retries,
      last_error:
        lastError === undefined
          ? null
          : {
              code: lastError.code,
              message: lastError.message,
              status_code: lastError.statusCode ?? null,
              at: iso(lastError.at),
            },
    };
  }

  /** With `waiting` events behind, the oldest of them stands that far below the newest, or further when some between are settled. */
  #oldestWaitingSeconds(head: number, waiting: number, at: number): number {
    if (waiting === 0) return 0;
    const appendedAt = this.#appends.of(head - waiting + 1) ?? at;
    return Math.max((at - appendedAt) / 1_000, 0);
  }
}

function gapStatus({ from, to, cause }: Gap): GapStatus {
  return { from: iso(from), to: iso(to), seconds: (to - from) / 1_000, cause };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
