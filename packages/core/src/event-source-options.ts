import type { Dispatcher } from 'undici';
import { systemClock, type Clock } from './clock.js';
import { OptionError } from './errors.js';
import type { EventType } from './events.js';
import type { Gap, Journal } from './journal/journal.js';
import { MemoryJournal } from './journal/memory-journal.js';
import { consoleLogger, type Logger } from './logger.js';
import { describe, integerBetween, secretText, serviceUrl } from './options.js';
import { DEFAULT_CONNECTION_OPTIONS, SHORTEST_LIFE_MS, type ConnectionOptions } from './stream/connection.js';

export interface EventSourceOptions {
  /** The auth service's address, e.g. `https://api.grantex.dev`. */
  readonly url: string;
  /** The Grantex API key, or a function that is asked for it at each connect. */
  readonly apiKey: string | (() => string | Promise<string>);
  /** Only these event types, compared exactly. @defaultValue all */
  readonly types?: readonly (EventType | (string & {}))[];
  /** Where events wait. @defaultValue a new `MemoryJournal` */
  readonly journal?: Journal;
  /** @defaultValue warnings and errors on standard error */
  readonly logger?: Logger;
  /** Called after every time in which the stream was not heard. */
  readonly onGap?: (gap: Gap) => void;
  /** Whether each gap is also sent to the destinations, as an event of type `grantex.gap`. @defaultValue false */
  readonly gapEvents?: boolean;
  /**
   * Milliseconds between two events of type `grantex.heartbeat`, which tell a quiet tenant from a dead forwarder; at least
   * 1,000. @defaultValue none are sent
   */
  readonly heartbeatMs?: number;
  /**
   * When another process has the journal: listen already, and go on where that one stops. For a restart without a gap.
   * @defaultValue false: `start()` rejects
   */
  readonly takeover?: boolean;
  /**
   * Milliseconds to wait for the first byte of a connection. A quiet stream sends its headers after 30 s. At least 1,200.
   * @defaultValue 40_000
   */
  readonly firstByteTimeoutMs?: number;
  /** Milliseconds of silence after which a connection counts as dead; at least 1,200. @defaultValue 75_000 */
  readonly silenceTimeoutMs?: number;
  /** Hosts beside loopback to which the key may be sent over plain `http`. @defaultValue none */
  readonly allowInsecureHosts?: readonly string[];
  /** For proxies and client certificates. It has to have no time-outs for headers and bodies of its own. */
  readonly dispatcher?: Dispatcher;
  /** For tests. @defaultValue the machine's clock */
  readonly clock?: Clock;
  /** For tests: uniform in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
}

export interface ResolvedSourceOptions {
  readonly url: URL;
  readonly apiKey: () => Promise<string>;
  readonly types: readonly string[] | undefined;
  readonly journal: Journal;
  readonly logger: Logger;
  readonly onGap: ((gap: Gap) => void) | undefined;
  readonly gapEvents: boolean;
  /** 0: none. */
  readonly heartbeatMs: number;
  readonly takeover: boolean;
  readonly connection: ConnectionOptions;
  readonly dispatcher: Dispatcher | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

export function resolveSourceOptions(options: EventSourceOptions): ResolvedSourceOptions {
  const clock = options.clock ?? systemClock;
  const { firstByteTimeoutMs, silenceTimeoutMs } = DEFAULT_CONNECTION_OPTIONS;
  return {
    url: serviceUrl('url', options.url, options.allowInsecureHosts),
    apiKey: keyFunction(options.apiKey),
    types: eventTypes(options.types),
    journal: options.journal ?? new MemoryJournal({ clock }),
    logger: options.logger ?? consoleLogger,
    onGap: options.onGap,
    gapEvents: options.gapEvents ?? false,
    heartbeatMs:
      options.heartbeatMs === undefined ? 0 : integerBetween('heartbeatMs', options.heartbeatMs, 1_000, 2 ** 31 - 1),
    takeover: options.takeover ?? false,
    connection: {
      firstByteTimeoutMs: timeout('firstByteTimeoutMs', options.firstByteTimeoutMs ?? firstByteTimeoutMs),
      silenceTimeoutMs: timeout('silenceTimeoutMs', options.silenceTimeoutMs ?? silenceTimeoutMs),
    },
    dispatcher: options.dispatcher,
    clock,
    random: options.random ?? Math.random,
  };
}

/** Not below the time in which a connection that is given up keeps its slot at the server. */
function timeout(name: string, value: number): number {
  return integerBetween(name, value, SHORTEST_LIFE_MS, 2 ** 31 - 1);
}

function keyFunction(apiKey: EventSourceOptions['apiKey']): () => Promise<string> {
  if (typeof apiKey === 'function') return async () => secretText('apiKey', await apiKey());
  const key = secretText('apiKey', apiKey);
  return async () => key;
}

function eventTypes(types: EventSourceOptions['types']): readonly string[] | undefined {
  if (types === undefined) return undefined;
  if (!Array.isArray(types) || types.length === 0) {
    throw new OptionError('types', 'a list of event types (leave it out for all)', describe(types));
  }
  for (const type of types) {
    // The server splits at commas and compares exactly: no wildcards, no trimming.
    if (typeof type !== 'string' || !/^[^\s,*]+$/.test(type)) {
      throw new OptionError('types', 'event types without commas, spaces and wildcards', describe(type));
    }
  }
  return types;
}
