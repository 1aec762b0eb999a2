import type { DestinationErrorCode } from '../errors.js';
import { refused, type Refusal } from './verdict.js';

/** Codes of Node and undici which say that no usable answer came. */
const NETWORK_CODES = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CLOSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_DESTROYED',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/** Codes of TLS which say that the other end is not trusted. */
const TRUST_CODES = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const DESTINATION_CODES: Readonly<Record<DestinationErrorCode, true>> = {
  DEST_NETWORK: true,
  DEST_UNAVAILABLE: true,
  DEST_FAILED: true,
  DEST_THROTTLED: true,
  DEST_UNAUTHORIZED: true,
  DEST_MISCONFIGURED: true,
  DEST_TOO_LARGE: true,
  DEST_REJECTED: true,
};

interface ErrorLike {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
  readonly statusCode?: unknown;
  readonly retryAfterMs?: unknown;
}

/** What an exception of a destination means. One that nobody explained counts as temporary: a repeat costs less than a loss. */
export function refusalFromError(error: unknown): Refusal {
  const chain = causes(error);
  for (const link of chain) {
    const { code } = link;
    if (typeof code !== 'string') continue;
    if (Object.hasOwn(DESTINATION_CODES, code)) return fromDestinationError(code as DestinationErrorCode, link);
    if (NETWORK_CODES.has(code)) return refused('DEST_NETWORK', describeLink(link));
    if (TRUST_CODES.has(code)) {
      return refused('DEST_MISCONFIGURED', `the TLS certificate of the service is not trusted: ${describeLink(link)}`);
    }
    // Plain HTTP at the other end, a client certificate that is missing, a version that is too old.
    if (code.startsWith('ERR_SSL_')) return refused('DEST_MISCONFIGURED', `TLS failed: ${describeLink(link)}`);
  }
  const [first] = chain;
  return refused('DEST_FAILED', first === undefined ? String(error) : describeLink(first));
}

function fromDestinationError(code: DestinationErrorCode, error: ErrorLike): Refusal {
  return refused(code, typeof error.message === 'string' ? error.message : code, {
    ...(typeof error.statusCode === 'number' && { statusCode: error.statusCode }),
    ...(typeof error.retryAfterMs === 'number' && { retryAfterMs: error.retryAfterMs }),
  });
}

/** The error, its causes, and the members of aggregates, nearest first; at most ten. */
function causes(error: unknown): ErrorLike[] {
  const chain: ErrorLike[] = [];
  const waiting = [error];
  while (waiting.length > 0 && chain.length < 10) {
    const next = waiting.shift();
    if (typeof next !== 'object' || next === null) continue;
    const link: ErrorLike = next;
    chain.push(link);
    waiting.push(link.cause);
    if (Array.isArray(link.errors)) waiting.push(...(link.errors as unknown[]));
  }
  return chain;
}

function describeLink({ code, message }: ErrorLike): string {
  const text = typeof message === 'string' && message !== '' ? message : 'failed without a message';
  return typeof code === 'string' && !text.includes(code) ? `${text} (${code})` : text;
}
