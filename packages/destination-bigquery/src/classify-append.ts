import { accepted, excerpt, partlyAccepted, refused, type Refusal, type Verdict } from '@grantex/core';
import { codeForStatus, describeStatus, STATUS } from './status.js';

/** What `AppendRows` says about one request, in its answer or as the end of the call. */
export interface AppendAnswer {
  /** A status of gRPC; 0: the rows are stored. */
  readonly status: number;
  readonly message: string;
  readonly rowErrors?: readonly RowError[] | null;
}

interface RowError {
  /** A whole number; large ones come as texts. */
  readonly index?: unknown;
  readonly message?: string | null;
}

/**
 * What an answer means for `size` rows at a place of their own in a stream. `stream gone`: it is not there any more, or takes
 * no rows, and nobody knows whether it has these. `place missing`: the stream ends before the place, so it has not.
 */
export function classifyAppend(
  { status, message, rowErrors }: AppendAnswer,
  size: number,
): Verdict | 'stream gone' | 'place missing' {
  if (rowErrors != null && rowErrors.length > 0) return classifyRows(rowErrors, size);
  switch (status) {
    case 0:
      return accepted();
    // The place is this batch's alone, so what is there are its rows: an earlier try has stored them.
    case STATUS.ALREADY_EXISTS:
      return accepted();
    case STATUS.OUT_OF_RANGE:
      return 'place missing';
    case STATUS.NOT_FOUND:
    case STATUS.FAILED_PRECONDITION:
      return 'stream gone';
    default:
      return refused(codeForStatus(status), describeStatus(status, message));
  }
}

/** One bad row keeps the whole request out. */
function classifyRows(errors: readonly RowError[], size: number): Verdict {
  const refusals = new Map<number, Refusal>();
  const others = refused('DEST_UNAVAILABLE', 'BigQuery refused another row of the request', { retryAfterMs: 0 });
  for (let index = 0; index < size; index++) refusals.set(index, others);
  for (const { index, message } of errors) {
    const row = Number(index ?? 0);
    if (!refusals.has(row)) return refused('DEST_FAILED', 'BigQuery refused a row that it was not sent');
    refusals.set(row, refused('DEST_REJECTED', `BigQuery refused the row (${excerpt(message ?? 'without a reason')})`));
  }
  return partlyAccepted(refusals);
}
