import type { Agent } from 'node:http';
import type { Dispatcher } from 'undici';
import { systemClock, type Clock } from './clock.js';
import { OptionError } from './errors.js';
import type { EventType } from './events.js';
import type { Gap, Journal } from './journal/journal.js';
import { MemoryJournal } from './journal/memory-journal.js';
import { consoleLogger, type Logger } from './logger.js';
import { describe, integerBetween, oneOf, secretText, serviceUrl } from './options.js';
import { MAX_CONNECTIONS } from './stream/connections.js';
import type { TransportName } from './stream/transport.js';
import { DEFAULT_CONNECTION_OPTIONS, SHORTEST_LIFE_MS, type ConnectionOptions } from './stream/connection.js';

/** Options of {@link EventSource}. Checked in its constructor: an `OptionError` names each that is wrong. */
export interface EventSourceOptions {
  /** The auth service's address, e.g. `https://api.grantex.dev`. */
  readonly url: string;
  /** The Grantex API key, or a function that is asked for it at each connect. */
  readonly apiKey: string | (() => string | Promise<string>);
  /**
   * How the stream is heard: server-sent events, WebSocket, or a list of both that the connections take in turn. The server
   * counts the connections of each apart. @defaultValue `'sse'`
   */
  readonly transport?: TransportName | readonly TransportName[];
  /**
   * Connections at a time, 1 to 5. With 2 the stream is heard while one of them is broken, and each event is still delivered
   * once. @defaultValue as many as `transport` lists, so 1 unless it is a list
   */
  readonly connections?: number;
  /**
   * Milliseconds after which a connection is changed for a new one, at least 60,000. The new one is heard before the old one
   * is closed, so there is no gap; for proxies that cut connections of a certain age. @defaultValue never
   */
  readonly maxConnectionAgeMs?: number;
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
  /** For proxies and client certificates (SSE). It has to have no time-outs for headers and bodies of its own. */
  readonly dispatcher?: Dispatcher;
  /** For proxies and client certificates (WebSocket): an agent of `node:http` or `node:https`. */
  readonly agent?: Agent;
  /** For tests. @defaultValue the machine's clock */
  readonly clock?: Clock;
  /** For tests: uniform in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
}

export interface ResolvedSourceOptions {
  readonly url: URL;
  readonly apiKey: () => Promise<string>;
  readonly types: readonly string[] | undefined;
  /** At least one; the n-th connection takes the n-th, and begins again from the first. */
  readonly transports: readonly TransportName[];
  readonly connections: number;
  readonly maxConnectionAgeMs: number | undefined;
  readonly journal: Journal;
  readonly logger: Logger;
  readonly onGap: ((gap: Gap) => void) | undefined;
  readonly gapEvents: boolean;
  /** 0: none. */
  readonly heartbeatMs: number;
  readonly takeover: boolean;
  readonly connection: ConnectionOptions;
  readonly dispatcher: Dispatcher | undefined;
  readonly agent: Agent | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

export function resolveSourceOptions(options: EventSourceOptions): ResolvedSourceOptions {
  const clock = options.clock ?? systemClock;
  const transports = transportNames(options.transport ?? 'sse');
  const { firstByteTimeoutMs, silenceTimeoutMs } = DEFAULT_CONNECTION_OPTIONS;
  return {
    url: serviceUrl('url', options.url, options.allowInsecureHosts),
    apiKey: keyFunction(options.apiKey),
    types: eventTypes(options.types),
    transports,
    connections: connectionCount(options.connections ?? transports.length, transports),
    maxConnectionAgeMs:
      options.maxConnectionAgeMs === undefined
        ? undefined
        : integerBetween('maxConnectionAgeMs', options.maxConnectionAgeMs, 60_000, 2 ** 31 - 1),
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
    dispatcher: proxyFor('sse', 'dispatcher', options, transports),
    agent: proxyFor('websocket', 'agent', options, transports),
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

const TRANSPORTS: readonly TransportName[] = ['sse', 'websocket'];

function transportNames(transport: TransportName | readonly TransportName[]): readonly TransportName[] {
  if (!Array.isArray(transport)) return [oneOf('transport', transport as TransportName, TRANSPORTS)];
  if (transport.length === 0 || transport.length > MAX_CONNECTIONS) {
    const got = transport.length === 0 ? 'an empty list' : `a list of ${transport.length}`;
    throw new OptionError('transport', `sse, websocket, or a list of 1 to ${MAX_CONNECTIONS} of them`, got);
  }
  return transport.map((name: TransportName, index) => oneOf(`transport[${index}]`, name, TRANSPORTS));
}

function connectionCount(connections: number, transports: readonly TransportName[]): number {
  const count = integerBetween('connections', connections, 1, MAX_CONNECTIONS);
  if (count >= transports.length) return count;
  throw new OptionError('connections', `at least ${transports.length}, one for each transport`, String(count));
}

/** What a transport goes through. Given for the other one only, the stream would go past the proxy in silence. */
function proxyFor<Name extends 'dispatcher' | 'agent'>(
  transport: TransportName,
  name: Name,
  options: EventSourceOptions,
  transports: readonly TransportName[],
): EventSourceOptions[Name] {
  const hasOther = options.dispatcher !== undefined || options.agent !== undefined;
  const isUsed = transports.includes(transport);
  if (isUsed && hasOther && options[name] === undefined) {
    throw new OptionError(name, `one for the transport ${transport}, as there is one for the other`, 'nothing');
  }
  return options[name];
}
