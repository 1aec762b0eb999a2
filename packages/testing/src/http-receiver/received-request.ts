import type { IncomingHttpHeaders } from 'node:http';

/** A request that came to an HTTP receiver. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  /** The raw query without its question mark, empty when there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** The body as it came; empty when bodies are not kept. */
  readonly raw: Buffer;
  /** The body after `content-encoding` was undone; empty when bodies are not kept. */
  readonly body: Buffer;
  /** Bytes on the wire. */
  readonly size: number;
  /** SHA-256 of the bytes on the wire, hex: equal for a retry that sends the same bytes. */
  readonly digest: string;
  /** When its headers came, Unix milliseconds. */
  readonly at: number;
  /** The event ids in it; empty unless it was accepted and the receiver has a `parse`. */
  readonly ids: readonly string[];
  /** Whether the receiver has stored it. */
  readonly accepted: boolean;
  /** The status of the answer; undefined when none was given. */
  readonly status: number | undefined;
}

/** A request whose outcome is filled in when it is known. */
export type OpenRequest = { -readonly [Field in keyof ReceivedRequest]: ReceivedRequest[Field] };
