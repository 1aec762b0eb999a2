import { DEFAULT_BACKOFF, type BackoffOptions } from '../backoff.js';
import type { BatchLimits } from '../delivery/target.js';
import type { NewDeadLetter } from '../journal/journal.js';
import type { Clock } from '../clock.js';
import { systemClock } from '../clock.js';
import { consoleLogger, type Logger } from '../logger.js';
import { integerBetween, milliseconds, nonEmptyText } from '../options.js';

/** Options that every batching destination takes. */
export interface BatchingOptions {
  /** Tells two destinations of a kind apart. @defaultValue the kind, e.g. `datadog` */
  readonly name?: string;
  /** Events in a request at most. The default and the largest value depend on the service. */
  readonly batchSize?: number;
  /**
   * Milliseconds that an event waits at most for its batch to become full. 0: no limit; then only a full batch,
   * `flush()` or the end sends. @defaultValue 1_000
   */
  readonly flushIntervalMs?: number;
  /** UTF-8 bytes of a request's body at most, before compression. The default is the service's limit. */
  readonly maxBatchBytes?: number;
  /** Milliseconds for one attempt, the answer included. @defaultValue 30_000 */
  readonly timeoutMs?: number;
  /** Requests in flight at most. Above 1 batches may pass each other. @defaultValue 1 */
  readonly concurrency?: number;
  /** Delays between attempts. */
  readonly retry?: Partial<BackoffOptions>;
  /** Called with every event that is given up, after it was stored among the dead letters. */
  readonly onDeadLetter?: (letter: NewDeadLetter) => void;
  /** Used when the destination works alone; in a source the source's logger counts. @defaultValue warnings and errors on standard error */
  readonly logger?: Logger;
  /** For tests. @defaultValue the machine's clock */
  readonly clock?: Clock;
}

export interface BatchingDefaults {
  /** The service: the default of `name`. */
  readonly kind: string;
  /** What the service takes in one request. */
  readonly limits: BatchLimits;
  readonly batchSize: number;
  /** @defaultValue 1_000 */
  readonly flushIntervalMs?: number;
}

export interface ResolvedBatchingOptions {
  readonly name: string;
  readonly limits: BatchLimits;
  readonly flushIntervalMs: number;
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly backoff: BackoffOptions;
  readonly onDeadLetter: ((letter: NewDeadLetter) => void) | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
}

export function resolveBatchingOptions(defaults: BatchingDefaults, options: BatchingOptions): ResolvedBatchingOptions {
  const { limits } = defaults;
  return {
    name: nonEmptyText('name', options.name ?? defaults.kind),
    limits: {
      ...limits,
      maxEvents: integerBetween('batchSize', options.batchSize ?? defaults.batchSize, 1, limits.maxEvents),
      maxBytes: integerBetween('maxBatchBytes', options.maxBatchBytes ?? limits.maxBytes, 1, limits.maxBytes),
      maxEventBytes: limits.maxEventBytes ?? limits.maxBytes,
    },
    flushIntervalMs: milliseconds('flushIntervalMs', options.flushIntervalMs ?? defaults.flushIntervalMs ?? 1_000),
    timeoutMs: milliseconds('timeoutMs', options.timeoutMs ?? 30_000),
    concurrency: integerBetween('concurrency', options.concurrency ?? 1, 1, 64),
    backoff: resolveBackoff(options.retry ?? {}),
    onDeadLetter: options.onDeadLetter,
    logger: options.logger ?? consoleLogger,
    clock: options.clock ?? systemClock,
  };
}

function resolveBackoff(retry: Partial<BackoffOptions>): BackoffOptions {
  const backoff = { ...DEFAULT_BACKOFF, ...retry };
  milliseconds('retry.initialMs', backoff.initialMs);
  milliseconds('retry.maxMs', backoff.maxMs);
  milliseconds('retry.holdMs', backoff.holdMs);
  milliseconds('retry.maxHoldMs', backoff.maxHoldMs);
  return backoff;
}
