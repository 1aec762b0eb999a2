/**
 * Errors with codes. Match on `code`, not on the class: two copies of a package may be loaded. Each code has a heading
 * in this package's README.
 */

/** Why a destination did not take an event; each code is a row of the delivery's table of answers. */
export type DestinationErrorCode =
  /** No usable answer came: connection refused, reset, name not resolved, time-out. The service may have taken the batch. */
  | 'DEST_NETWORK'
  /** The service, or a proxy before it, says that it is out of order for now: 408, 502, 503, 504. */
  | 'DEST_UNAVAILABLE'
  /** The service failed at this request, and another try may succeed: 500, or an exception that nobody explained. */
  | 'DEST_FAILED'
  /** Too many requests; `retryAfterMs` when the service said how long to wait. */
  | 'DEST_THROTTLED'
  /** The key or the password is wrong, missing, or not allowed to write. */
  | 'DEST_UNAUTHORIZED'
  /** The address, table, index, topic or bucket is wrong. */
  | 'DEST_MISCONFIGURED'
  /** The request is larger than the service takes. */
  | 'DEST_TOO_LARGE'
  /** The service will never take these bytes. */
  | 'DEST_REJECTED';

/** Every code that an error of this software bears. */
export type ErrorCode =
  | DestinationErrorCode
  /** An option is missing or has a value that cannot work. */
  | 'OPTION_INVALID'
  /** A method was called in a state in which it makes no sense: a second start, a send after close. */
  | 'STATE_INVALID'
  /** The event server refused the connection for good. */
  | 'STREAM_REFUSED'
  /** The journal cannot hold another dead letter. */
  | 'JOURNAL_DEAD_LETTERS_FULL'
  /** The journal was closed. */
  | 'JOURNAL_CLOSED'
  /** Another process has the journal open. */
  | 'JOURNAL_LOCKED'
  /** The journal's file cannot be used: it is no journal, of a later version, or not to be written. */
  | 'JOURNAL_UNUSABLE';

/** The base of every error that this software throws. */
export class GrantexError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }

  /** Whether the same call can succeed later without anybody changing anything. */
  get retryable(): boolean {
    return false;
  }
}

/** The code of an error of this software, whichever copy of this package threw it. */
export function codeOf(error: unknown): ErrorCode | undefined {
  if (error instanceof GrantexError) return error.code;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return /^(?:DEST|OPTION|STATE|STREAM|JOURNAL)_/.test(error.code) ? (error.code as ErrorCode) : undefined;
}

/** What is wrong with one option. Holds no value that may be a secret. */
export interface OptionProblem {
  /** The option's name, with a dot for a nested one, and `[n]` for an entry of a list. */
  readonly option: string;
  readonly expected: string;
  /** What came instead, by kind and size. */
  readonly got: string;
  /** For an unknown name: the known one that is nearest. */
  readonly suggestion?: string;
}

/** Options that cannot work, all of them at once. The message has a line for each; never the value of a secret. */
export class OptionError extends GrantexError {
  /** At least one, each about another option. */
  readonly problems: readonly OptionProblem[];

  constructor(problems: readonly OptionProblem[]);
  constructor(option: string, expected: string, got: string);
  constructor(first: string | readonly OptionProblem[], expected = '', got = '') {
    const problems = typeof first === 'string' ? [{ option: first, expected, got }] : first;
    super('OPTION_INVALID', problems.map(describeProblem).join('\n'));
    this.problems = problems;
  }

  /** The name of the first of these options. */
  get option(): string {
    return this.problems[0]?.option ?? '';
  }
}

function describeProblem({ option, expected, got, suggestion }: OptionProblem): string {
  const hint = suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`;
  return `${option === '' ? 'options' : option}: expected ${expected}${hint}, got ${got}`;
}

/** The event stream could not be opened, and trying again would not help. `cause` says more. */
export class StreamError extends GrantexError {
  /** The HTTP status of the refusal. */
  readonly statusCode: number | undefined;

  constructor(message: string, options: ErrorOptions & { statusCode?: number } = {}) {
    super('STREAM_REFUSED', message, options);
    this.statusCode = options.statusCode;
  }
}

/** What a destination may throw, instead of returning a refusal, when it knows what went wrong. */
export class DestinationError extends GrantexError {
  declare readonly code: DestinationErrorCode;
  readonly statusCode: number | undefined;
  /** Milliseconds that the service asked to wait for. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: DestinationErrorCode,
    message: string,
    options: ErrorOptions & { statusCode?: number; retryAfterMs?: number } = {},
  ) {
    super(code, message, options);
    this.statusCode = options.statusCode;
    this.retryAfterMs = options.retryAfterMs;
  }

  override get retryable(): boolean {
    return (
      this.code === 'DEST_NETWORK' ||
      this.code === 'DEST_UNAVAILABLE' ||
      this.code === 'DEST_FAILED' ||
      this.code === 'DEST_THROTTLED'
    );
  }
}
