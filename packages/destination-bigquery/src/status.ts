import { DestinationError, excerpt, type DestinationErrorCode } from '@grantex/core';

/** Statuses of gRPC that mean something of their own here. */
export const STATUS = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  FAILED_PRECONDITION: 9,
  OUT_OF_RANGE: 11,
  UNAVAILABLE: 14,
} as const;

/** What a status means, from the comments of `AppendRows` in BigQuery's storage.proto and from gRPC's own list. */
const CODES: Readonly<Record<number, DestinationErrorCode>> = {
  1: 'DEST_NETWORK', // CANCELLED
  2: 'DEST_FAILED', // UNKNOWN
  [STATUS.INVALID_ARGUMENT]: 'DEST_REJECTED',
  4: 'DEST_UNAVAILABLE', // DEADLINE_EXCEEDED
  [STATUS.NOT_FOUND]: 'DEST_MISCONFIGURED',
  7: 'DEST_UNAUTHORIZED', // PERMISSION_DENIED
  8: 'DEST_THROTTLED', // RESOURCE_EXHAUSTED
  10: 'DEST_UNAVAILABLE', // ABORTED
  12: 'DEST_MISCONFIGURED', // UNIMPLEMENTED
  13: 'DEST_FAILED', // INTERNAL
  [STATUS.UNAVAILABLE]: 'DEST_NETWORK',
  16: 'DEST_UNAUTHORIZED', // UNAUTHENTICATED
};

const ADVICE: Partial<Record<number, string>> = {
  [STATUS.INVALID_ARGUMENT]:
    'when everything is refused, the usual cause is a table with other columns: check() names them',
  [STATUS.NOT_FOUND]: 'check projectId, datasetId and tableId, or set createTable',
  7: 'the account needs the role BigQuery Data Editor (roles/bigquery.dataEditor) on the table or its dataset',
  12: 'check storageApiEndpoint',
  16: 'check keyFilename, credentials, or the application default credentials',
};

export function codeForStatus(status: number): DestinationErrorCode {
  return CODES[status] ?? 'DEST_FAILED';
}

/** What the service said, and what a person can do about it. */
export function describeStatus(status: number, message: string): string {
  const words = excerpt(message.replace(/^\d+ [A-Z_]+: /, ''));
  const advice = ADVICE[status];
  return `BigQuery replied with status ${status}${words && ` (${words})`}${advice === undefined ? '' : `; ${advice}`}`;
}

/** The gRPC status of an exception; undefined when it has none. */
export function statusOf(error: unknown): number | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

/** An exception of a call, as the engine understands it. What has no status is handed back as it is. */
export function explainStatus(error: unknown, { host }: URL): unknown {
  const status = statusOf(error);
  if (status === undefined || !(error instanceof Error)) return error;
  const [code, message] =
    status === STATUS.UNAVAILABLE
      ? explainUnavailable(error.message, host)
      : ([codeForStatus(status), describeStatus(status, error.message)] as const);
  return new DestinationError(code, message, { cause: error });
}

/** gRPC has one status for a service that is out of order and for every way in which it cannot be reached. */
function explainUnavailable(message: string, host: string): readonly [DestinationErrorCode, string] {
  if (/name resolution failed|ENOTFOUND|EAI_AGAIN/i.test(message)) {
    return [
      'DEST_NETWORK',
      `the host ${host} is not known; check storageApiEndpoint, and the name service of this machine`,
    ];
  }
  if (/certificate|ERR_SSL|ERR_TLS|wrong version number/i.test(message)) {
    const words = excerpt(message.replace(/^.*Last error: /, ''));
    const advice = 'a certificate of your own goes into NODE_EXTRA_CA_CERTS';
    return ['DEST_MISCONFIGURED', `${host}: the TLS certificate of the service is not trusted: ${words}; ${advice}`];
  }
  if (/ECONNREFUSED/.test(message)) {
    return [
      'DEST_NETWORK',
      `${host} refused the connection; check storageApiEndpoint, and firewalls and proxies on the way`,
    ];
  }
  return ['DEST_NETWORK', `no answer from ${host}: ${excerpt(message.replace(/^\d+ [A-Z_]+: /, ''))}`];
}
