import { Readable } from 'node:stream';
import type { HttpClient, HttpRequest, Reply } from '@grantex/core';

/** A request as the SDK has it when it is signed. Path and headers are in their final form. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  /** The body once more: the SDK reads the other one, and keeps nothing of what is no XML. */
  readonly text: string;
}

/**
 * Carries the SDK's requests over the destination's own connections, so that `tls`, `proxy`, `dispatcher` and the words
 * about a host that cannot be reached are those of every other destination.
 */
export class RequestHandler {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  async handle(
    request: SdkRequest,
    { abortSignal }: { readonly abortSignal?: unknown } = {},
  ): Promise<{ response: SdkResponse }> {
    const { method, headers, body } = request;
    const reply = await this.#http.exchange({
      method: method as NonNullable<HttpRequest['method']>,
      url: addressOf(request),
      headers,
      ...(body !== undefined && { body }),
      // The SDK's own type of it is older than the platform's.
      signal: (abortSignal as AbortSignal | undefined) ?? new AbortController().signal,
    });
    const { status, text } = reply;
    return {
      response: { statusCode: status, headers: plainHeaders(reply), body: Readable.from([Buffer.from(text)]), text },
    };
  }

  /** The SDK wants these two; there is nothing to configure. */
  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): object {
    return {};
  }
}

function addressOf({ protocol, hostname, port, path, query = {} }: SdkRequest): URL {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => (one === null ? escape(name) : `${escape(name)}=${escape(one)}`)),
  );
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  return new URL(`${protocol}//${host}${path}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`);
}

/** As the signature has it: everything but letters, digits and `-_.~`. */
function escape(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function plainHeaders({ headers }: Reply): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().join(', ')]],
    ),
  );
}
