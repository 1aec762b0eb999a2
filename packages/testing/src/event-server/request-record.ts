import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** A request that came to the event server. The key's value is in none of its fields. */
export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  /** The raw query without its question mark, empty when there is none. */
  readonly query: string;
  /** Without `authorization`. */
  readonly headers: IncomingHttpHeaders;
  /** Whether it bore a key that the server knows. */
  readonly authorized: boolean;
  /** Whether it asked for an upgrade. */
  readonly upgrade: boolean;
  /** When it came, Unix milliseconds. */
  readonly at: number;
  /** The status of the answer (101 for a WebSocket, 200 for a stream whose headers may still wait); undefined before it is decided. */
  readonly status: number | undefined;
}

/** A record whose status is filled in when the answer is known. */
export type OpenRecord = { -readonly [Field in keyof RequestRecord]: RequestRecord[Field] };

export function recordOf(request: IncomingMessage, authorized: boolean, upgrade: boolean): OpenRecord {
  const url = new URL(request.url ?? '/', 'http://loopback');
  const { authorization: _secret, ...headers } = request.headers;
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.search.slice(1),
    headers,
    authorized,
    upgrade,
    at: Date.now(),
    status: undefined,
  };
}
