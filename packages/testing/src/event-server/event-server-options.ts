import { randomBytes } from 'node:crypto';
import type { Transport } from './wire.js';

/** What happened at the door. */
export type ConnectionNews =
  | { readonly what: 'opened' | 'closed'; readonly transport: Transport }
  | { readonly what: 'refused'; readonly status: number };

/** Options of {@link EventServer}: its keys and limits, and which quirks of the service it has. */
export interface EventServerOptions {
  /** @defaultValue 0, a free one */
  readonly port?: number;
  /**
   * The API keys that the server knows: each is a developer with a channel and limits of its own. 16 to 512 characters
   * without white space. @defaultValue one key, `gx_test_…`
   */
  readonly keys?: readonly string[];
  /** Between two keepalives (SSE) or pings (WebSocket) of a connection, milliseconds. @defaultValue 30_000 */
  readonly keepaliveMs?: number;
  /** Headers leave with the first frame, as on the real server; false sends them at once. @defaultValue true */
  readonly lateHeaders?: boolean;
  /** Open connections of a key, SSE and WebSocket counted apart. @defaultValue 5 */
  readonly maxConnections?: number;
  /**
   * Bytes that may wait for one slow reader; beyond it events are lost while the stream stays open, as when Redis drops the
   * real server's subscription. @defaultValue Infinity
   */
  readonly maxQueuedBytes?: number;
  /** Milliseconds between the opening and the subscription: events and filter messages in between are lost. @defaultValue 0 */
  readonly subscribeDelayMs?: number;
  /** A connection that its client closes within its first second stays counted for ever. @defaultValue false */
  readonly leakEarlyAborts?: boolean;
  /** Called when a stream opens, closes or is refused. @defaultValue nobody is told */
  readonly onConnection?: (news: ConnectionNews) => void;
  /** Requests that are remembered; then the oldest are forgotten. @defaultValue Infinity */
  readonly maxRequestRecords?: number;
}

export type ResolvedEventServerOptions = Required<EventServerOptions>;

export function resolveOptions(options: EventServerOptions): ResolvedEventServerOptions {
  const keys = options.keys ?? [`gx_test_${randomBytes(16).toString('hex')}`];
  if (keys.length === 0) throw new RangeError('keys: expected at least one key, got none');
  return {
    port: options.port ?? 0,
    keys,
    keepaliveMs: options.keepaliveMs ?? 30_000,
    lateHeaders: options.lateHeaders ?? true,
    maxConnections: options.maxConnections ?? 5,
    maxQueuedBytes: options.maxQueuedBytes ?? Infinity,
    subscribeDelayMs: options.subscribeDelayMs ?? 0,
    leakEarlyAborts: options.leakEarlyAborts ?? false,
    onConnection: options.onConnection ?? (() => {}),
    maxRequestRecords: options.maxRequestRecords ?? Infinity,
  };
}
