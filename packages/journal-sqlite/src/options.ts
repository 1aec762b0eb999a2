import {
  integerBetween,
  milliseconds,
  nonEmptyText,
  oneOf,
  silentLogger,
  systemClock,
  type Clock,
  type Logger,
} from '@grantex/core';

/** Options of {@link SqliteJournal}: where it is, how much it holds, and what it keeps. */
export interface SqliteJournalOptions {
  /** The database's file. Its folder is made when there is none. Beside it stand `-wal`, `-shm`, `-lock`, `-ballast`. */
  readonly path: string;
  /** Bytes that the database may use, beyond those of an empty one; 100,000 at least. @defaultValue 1_073_741_824 */
  readonly maxBytes?: number;
  /**
   * At the limit: `overrun` moves the destination that lags most on, and records what it misses; `block` makes the
   * append wait, for `blockMs` at most, before it does the same. @defaultValue 'overrun'
   */
  readonly whenFull?: 'overrun' | 'block';
  /** Milliseconds; `Infinity` is for a journal that no stream feeds. @defaultValue 30_000 */
  readonly blockMs?: number;
  /** Milliseconds for which events that all have settled are kept, as far as there is room. @defaultValue 3_600_000 */
  readonly retainMs?: number;
  /** Dead letters kept at most. At the bound the delivery holds. @defaultValue 10_000 */
  readonly maxDeadLetters?: number;
  /** Is told of damage, and of a full disk. @defaultValue none */
  readonly logger?: Logger;
  /** @defaultValue the machine's clock */
  readonly clock?: Clock;
}

/** Free disk is held ready by so many bytes, so that a full one can be worked off. */
const BALLAST_BYTES = 8_388_608;
/** Characters of dead letters kept at most, and their part of the limit. */
const DEAD_LETTER_BYTES = 67_108_864;
const DEAD_LETTER_SHARE = 0.25;
/** Of the ids of deleted events so many bytes may be kept for each byte of the limit. */
const IDS_SHARE = 0.1;
/** What an id takes, with its part of a row. */
const ID_BYTES = 40;
/** "The last 100,000": so many events back a repeat is known. */
const RECENT_IDS = 100_000;

export type ResolvedOptions = Required<SqliteJournalOptions> & {
  readonly ballastBytes: number;
  readonly deadLetterBytes: number;
  /** Ids remembered of events that are deleted. */
  readonly recentIds: number;
};

export function resolveOptions(options: SqliteJournalOptions): ResolvedOptions {
  const { whenFull = 'overrun', blockMs = 30_000 } = options;
  const maxBytes = integerBetween('maxBytes', options.maxBytes ?? 1_073_741_824, 100_000, Number.MAX_SAFE_INTEGER);
  return {
    path: nonEmptyText('path', options.path),
    maxBytes,
    whenFull: oneOf('whenFull', whenFull, ['overrun', 'block']),
    blockMs: whenFull === 'block' ? milliseconds('blockMs', blockMs, Infinity) : 0,
    retainMs: milliseconds('retainMs', options.retainMs ?? 3_600_000, Number.MAX_SAFE_INTEGER),
    maxDeadLetters: integerBetween('maxDeadLetters', options.maxDeadLetters ?? 10_000, 1, Number.MAX_SAFE_INTEGER),
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
    ballastBytes: Math.min(BALLAST_BYTES, Math.floor(maxBytes / 16)),
    deadLetterBytes: Math.min(DEAD_LETTER_BYTES, Math.floor(maxBytes * DEAD_LETTER_SHARE)),
    recentIds: Math.min(RECENT_IDS, Math.floor((maxBytes * IDS_SHARE) / ID_BYTES)),
  };
}
