import {
  accepted,
  codeForStatus,
  excerpt,
  partlyAccepted,
  refused,
  retryAfterMs,
  type CheckResult,
  type DestinationErrorCode,
  type Refusal,
  type Reply,
  type Verdict,
} from '@grantex/core';
import { columnProblems, type Column } from './table.js';

/** A long-term quota comes back slowly: "Troubleshoot quota errors" asks for 10 minutes at least. */
const QUOTA_WAIT_MS = 600_000;

/**
 * Reasons of "Error messages" in BigQuery's documentation, and two that Google's APIs share. The same reason comes with
 * several statuses, and 403 stands for limits as well as for rights, so the reason counts first.
 */
const REASONS: Readonly<Record<string, DestinationErrorCode>> = {
  accessDenied: 'DEST_UNAUTHORIZED',
  authError: 'DEST_UNAUTHORIZED',
  backendError: 'DEST_UNAVAILABLE',
  badRequest: 'DEST_REJECTED',
  billingNotEnabled: 'DEST_MISCONFIGURED',
  billingTierLimitExceeded: 'DEST_MISCONFIGURED',
  blocked: 'DEST_THROTTLED',
  duplicate: 'DEST_FAILED',
  forbidden: 'DEST_UNAUTHORIZED',
  internalError: 'DEST_FAILED',
  invalid: 'DEST_REJECTED',
  jobRateLimitExceeded: 'DEST_THROTTLED',
  notFound: 'DEST_MISCONFIGURED',
  notImplemented: 'DEST_MISCONFIGURED',
  parseError: 'DEST_REJECTED',
  proxyAuthenticationRequired: 'DEST_MISCONFIGURED',
  quotaExceeded: 'DEST_THROTTLED',
  rateLimitExceeded: 'DEST_THROTTLED',
  required: 'DEST_REJECTED',
  resourceInUse: 'DEST_FAILED',
  resourcesExceeded: 'DEST_UNAVAILABLE',
  stopped: 'DEST_UNAVAILABLE',
  tableUnavailable: 'DEST_UNAVAILABLE',
  timeout: 'DEST_UNAVAILABLE',
  userRateLimitExceeded: 'DEST_THROTTLED',
};

/** What a person can do about it. What passes by itself needs no advice. */
const ADVICE: Partial<Record<string, string>> = {
  accessDenied:
    'the account needs the role BigQuery Data Editor (roles/bigquery.dataEditor) on the table or its dataset',
  authError: 'check keyFilename, credentials, or the application default credentials',
  billingNotEnabled: 'streaming needs a project with billing',
  billingTierLimitExceeded: 'streaming needs a project with billing',
  invalid: 'when everything is refused, the usual cause is a table with other columns: check() names them',
  notFound: 'check projectId, datasetId and tableId, or set createTable',
  quotaExceeded: 'a quota of the project is used up; it is asked again in ten minutes',
};

interface ErrorProto {
  readonly reason?: unknown;
  readonly message?: unknown;
}

interface InsertError {
  readonly index?: unknown;
  readonly errors?: readonly ErrorProto[];
}

/**
 * What an answer of `tabledata.insertAll` means for `size` rows. A 200 may hold refusals of single rows; a 200 that is no
 * answer of BigQuery (a page of a proxy) accepts nothing.
 */
export function classifyInsert(reply: Reply, now: number, size: number): Verdict {
  if (reply.status !== 200) return refusalOf(reply, now);
  const body = parseObject(reply.text);
  if (body === undefined) {
    const got = excerpt(reply.text);
    return refused(
      'DEST_FAILED',
      `the answer is not one of BigQuery (${got}); check apiEndpoint, and proxies on the way`,
      {
        statusCode: reply.status,
      },
    );
  }
  const errors = (body['insertErrors'] ?? []) as readonly InsertError[];
  if (errors.length === 0) return accepted(reply.status);
  const byRow = new Map<number, ErrorProto[]>();
  for (const { index, errors: reasons = [] } of errors) {
    if (typeof index !== 'number' || !(index >= 0 && index < size)) {
      return refused('DEST_FAILED', 'BigQuery refused a row that it was not sent', { statusCode: reply.status });
    }
    byRow.set(index, [...(byRow.get(index) ?? []), ...reasons]);
  }
  const refusals = [...byRow].map(([index, reasons]) => [index, refusalOfRow(reasons, reply.status)] as const);
  return partlyAccepted(new Map(refusals), reply.status);
}

/** What an answer of `tables.get` says about the table. */
export function classifyTable(reply: Reply, now: number, createTable: boolean): CheckResult {
  const { status } = reply;
  const result = (ok: boolean, message: string): CheckResult => ({ ok, statusCode: status, message });
  if (status === 404 && createTable)
    return result(true, 'the table is not there yet; it is made before the first batch');
  if (status !== 200) return result(false, refusalOf(reply, now).message);
  const body = parseObject(reply.text);
  if (body === undefined)
    return result(false, `the answer is not one of BigQuery (${excerpt(reply.text)}); check apiEndpoint`);
  return { ...describeColumns(columnsOf(body)), statusCode: status };
}

/** Whether events fit into a table with these columns. */
export function describeColumns(columns: readonly Column[]): CheckResult {
  const problems = columnProblems(columns);
  if (problems.length > 0) return { ok: false, message: `the table does not fit: ${problems.join('; ')}` };
  return {
    ok: true,
    message:
      'the table is there and its columns fit; whether rows may be written is not proven by this, but by a test event',
  };
}

function columnsOf(table: Readonly<Record<string, unknown>>): readonly Column[] {
  const { fields } = (table['schema'] ?? {}) as { readonly fields?: unknown };
  return Array.isArray(fields) ? (fields as readonly Column[]) : [];
}

/** What an answer other than success means, of any method. */
export function refusalOf(reply: Reply, now: number): Refusal {
  const { status, text } = reply;
  const { reason, message } = reasonFrom(text);
  const code = REASONS[reason] ?? codeForStatus(status);
  const said = message === '' ? excerpt(text) : excerpt(message);
  const advice = ADVICE[reason] ?? (status === 401 ? ADVICE['authError'] : undefined) ?? redirectAdvice(status);
  const words = [reason, said].filter((word) => word !== '').join(': ');
  const wait = retryAfterMs(reply, now) ?? (reason === 'quotaExceeded' ? QUOTA_WAIT_MS : undefined);
  return refused(
    code,
    `BigQuery replied ${status}${words && ` (${words})`}${advice === undefined ? '' : `; ${advice}`}`,
    { statusCode: status, ...(wait !== undefined && { retryAfterMs: wait }) },
  );
}

/** A row is judged by the worst that is said about it: one `invalid` beside others is never taken later. */
function refusalOfRow(errors: readonly ErrorProto[], statusCode: number): Refusal {
  const worst = errors.find(({ reason }) => codeOf(reason) === 'DEST_REJECTED') ?? errors[0] ?? {};
  const words = [worst.reason, worst.message].filter((word) => typeof word === 'string' && word !== '').join(': ');
  return refused(codeOf(worst.reason), `BigQuery refused the row${words && ` (${excerpt(words)})`}`, { statusCode });
}

function codeOf(reason: unknown): DestinationErrorCode {
  const code = typeof reason === 'string' ? REASONS[reason] : undefined;
  // Nobody has to hold for one row: what is no verdict about its content comes again.
  return code === 'DEST_REJECTED' || code === 'DEST_UNAVAILABLE' ? code : 'DEST_FAILED';
}

function redirectAdvice(status: number): string | undefined {
  return status >= 300 && status <= 399 ? 'redirects are not followed: check apiEndpoint' : undefined;
}

/** The first error in `{"error":{"errors":[{"reason","message"}]}}`. */
function reasonFrom(text: string): { readonly reason: string; readonly message: string } {
  const error = parseObject(text)?.['error'] as { readonly errors?: unknown; readonly message?: unknown } | undefined;
  const [first] = (Array.isArray(error?.errors) ? error.errors : []) as ErrorProto[];
  const message = first?.message ?? error?.message;
  return {
    reason: typeof first?.reason === 'string' ? first.reason : '',
    message: typeof message === 'string' ? message : '',
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    // A page of HTML, or an answer that was cut off.
    return undefined;
  }
}
