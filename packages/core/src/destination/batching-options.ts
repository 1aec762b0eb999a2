import { DEFAULT_BACKOFF, type BackoffOptions } from '../backoff.js';
import { systemClock, type Clock } from '../clock.js';
import type { BatchLimits } from '../delivery/target.js';
import type { NewDeadLetter } from '../journal/journal.js';
import { consoleLogger, type Logger } from '../logger.js';
import { option } from '../option-schemas.js';
import { checkOptions, type CodeOptions, type OptionSchemas } from './file-options.js';

/** Options that every batching destination takes. */
export interface BatchingOptions extends Omit<CodeOptions, 'dispatcher' | 'client' | 'token'> {
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
  /**
   * Events sent per second at most, on average, retries included: a whole number up to 1,000,000; 0: no limit. For
   * catching up after an outage without flooding the service, or the bill; above what the stream brings, or the destination
   * never catches up. After a request of n events the next one waits n / rate seconds. Being stopped ends that waiting.
   * @defaultValue no limit
   */
  readonly maxEventsPerSecond?: number;
  /** Delays between attempts. */
  readonly retry?: Partial<BackoffOptions>;
}

/**
 * What a destination hands to `BatchingDestination`: its service's limits, and the defaults of the options that every
 * destination has.
 */
export interface BatchingDefaults {
  /** The service: the default of `name`. */
  readonly kind: string;
  /** What the service takes in one request. */
  readonly limits: BatchLimits;
  readonly batchSize: number;
  /** @defaultValue the limit */
  readonly maxBatchBytes?: number;
  /** @defaultValue 1_000 */
  readonly flushIntervalMs?: number;
  /** @defaultValue 30_000 */
  readonly timeoutMs?: number;
  /** The longest `timeoutMs` that makes sense. @defaultValue 3_600_000 */
  readonly maxTimeoutMs?: number;
}

export interface ResolvedBatchingOptions {
  readonly name: string;
  readonly limits: BatchLimits;
  readonly flushIntervalMs: number;
  readonly timeoutMs: number;
  readonly concurrency: number;
  /** 0: no limit. */
  readonly maxEventsPerSecond: number;
  readonly backoff: BackoffOptions;
  readonly onDeadLetter: ((letter: NewDeadLetter) => void) | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** What a destination's own code works with. */
export interface BatchingParts extends ResolvedBatchingOptions {
  /** Takes the destination's secrets out of a text. Before anything is cut off it, or a part of one would stay. */
  readonly redact: (text: string) => string;
}

const { initialMs, maxMs, holdMs, maxHoldMs } = DEFAULT_BACKOFF;
const { milliseconds, withDefault, wholeNumber } = option;

const retry = option.object('Delays between attempts.', {
  initialMs: withDefault(initialMs, milliseconds('Upper end of the first delay, in milliseconds.')),
  maxMs: withDefault(maxMs, milliseconds('Upper end of every delay, in milliseconds.')),
  holdMs: withDefault(holdMs, milliseconds('While held: milliseconds before the first probe.')),
  maxHoldMs: withDefault(maxHoldMs, milliseconds('While held: milliseconds between two probes at most.')),
});

/** The schemas of {@link BatchingOptions}, to be put into a destination's own. */
export function batchingOptions(defaults: BatchingDefaults) {
  const { kind, limits, maxBatchBytes = limits.maxBytes, flushIntervalMs = 1_000, timeoutMs = 30_000 } = defaults;
  return {
    name: withDefault(kind, option.text('Tells two destinations of a kind apart.')),
    batchSize: withDefault(defaults.batchSize, wholeNumber('Events in a request at most.', 1, limits.maxEvents)),
    flushIntervalMs: withDefault(
      flushIntervalMs,
      milliseconds('Milliseconds that an event waits at most for its batch to become full. 0: no limit.'),
    ),
    maxBatchBytes: withDefault(
      maxBatchBytes,
      wholeNumber('Bytes of a request at most, before compression.', 1, limits.maxBytes),
    ),
    timeoutMs: withDefault(
      timeoutMs,
      milliseconds('Milliseconds for one attempt, the answer included.', 1, defaults.maxTimeoutMs ?? 3_600_000),
    ),
    concurrency: withDefault(1, wholeNumber('Requests in flight at most. Above 1 batches may pass each other.', 1, 64)),
    maxEventsPerSecond: option.optional(
      wholeNumber('Events sent per second at most, on average, retries included. 0: no limit.', 0, 1_000_000),
    ),
    retry: withDefault(DEFAULT_BACKOFF, retry),
  } satisfies OptionSchemas<BatchingOptions>;
}

/** Leaves alone what is not a batching option: it is the destination's own, and checked there. */
export function resolveBatchingOptions(defaults: BatchingDefaults, options: BatchingOptions): ResolvedBatchingOptions {
  const schemas = batchingOptions(defaults);
  const { onDeadLetter, logger = consoleLogger, clock = systemClock } = options;
  const own = Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(schemas, name)));
  const checked = checkOptions(option.object('', schemas), { ...own, onDeadLetter, logger, clock });
  const { limits } = defaults;
  return {
    name: checked.name,
    limits: {
      ...limits,
      maxEvents: checked.batchSize,
      maxBytes: checked.maxBatchBytes,
      maxEventBytes: limits.maxEventBytes ?? limits.maxBytes,
    },
    flushIntervalMs: checked.flushIntervalMs,
    timeoutMs: checked.timeoutMs,
    concurrency: checked.concurrency,
    maxEventsPerSecond: checked.maxEventsPerSecond ?? 0,
    backoff: checked.retry,
    onDeadLetter,
    logger,
    clock,
  };
}
