import {
  option,
  serviceAddress,
  unencrypted,
  type Complaint,
  type InputOf,
  type OptionSchema,
  type OutputOf,
} from '@grantex/core';
import { journalSizeComplaints } from './byte-size.js';
import { filterOption } from './selection/filter.js';
import { transformOption } from './selection/transform.js';

/** What a file of settings may hold: its checks, defaults, words to people and editors. */

const { flag, list, milliseconds, oneOf, oneOrMore, optional, text, wholeNumber, withDefault } = option;

/** The longest delay of a platform timer. */
const MAX_DELAY_MS = 2 ** 31 - 1;
/** The connections that the event server takes of a tenant, for each transport. */
const MAX_CONNECTIONS = 5;

const TRANSPORTS = ['sse', 'websocket'] as const;
const TRANSPORT = `sse, websocket, or a list of 1 to ${MAX_CONNECTIONS} of them`;

/** The same rules as the options of core's `EventSource`, which checks them once more. */
export const sourceOption = option.object(
  'An event stream.',
  {
    url: serviceAddress('The address of the auth service, e.g. https://api.grantex.dev.'),
    apiKey: option.secret('The Grantex API key, e.g. ${GRANTEX_API_KEY}.'),
    types: optional(
      list(
        'Only these event types, compared exactly. Left out: all. To choose for one destination, use its filter.',
        '[grant.created]',
        text('An event type.', exactType),
        (types) => (types.length > 0 ? [] : [{ expected: 'event types (leave it out for all)', got: 'an empty list' }]),
      ),
    ),
    transport: withDefault(
      'sse',
      oneOrMore(
        'How the stream is heard; the connections take those of a list in turn.',
        TRANSPORT,
        oneOf('', TRANSPORTS),
      ),
    ),
    maxConnectionAgeMs: optional(
      wholeNumber('Milliseconds after which a connection is changed for a new one.', 60_000, MAX_DELAY_MS),
    ),
    gapEvents: withDefault(false, flag('Tell the destinations of each gap, with an event of type grantex.gap.')),
    heartbeatMs: optional(
      wholeNumber('Milliseconds between two events of type grantex.heartbeat. Left out: none.', 1_000, MAX_DELAY_MS),
    ),
    allowInsecureHosts: withDefault(
      [],
      list('Hosts beside loopback to which the key may be sent over plain http.', "['host.example']", text('A host.')),
    ),
  },
  (source) => [...unencrypted('url', source), ...transportComplaints(source.transport)],
);

export const journalOption = option.object('Where events wait until every destination has them.', {
  type: withDefault('disk', oneOf('On disk, or in memory: then a restart loses what waits.', ['disk', 'memory'])),
  folder: optional(
    text('For what survives a restart. Left out: $STATE_DIRECTORY, or grantex-forwarder-data beside this file.'),
  ),
  maxBytes: withDefault(
    1_073_741_824,
    option.anything(
      'Bytes that waiting events may take, for each source: a number, or a text such as 1GiB.',
      journalSizeComplaints,
    ) as OptionSchema<number | string>,
  ),
  whenFull: withDefault(
    'overrun',
    oneOf('At the limit: move the destination on that lags most, or make the stream wait.', ['overrun', 'block']),
  ),
  retainMs: withDefault(
    3_600_000,
    milliseconds('Milliseconds for which delivered events are kept.', 0, Number.MAX_SAFE_INTEGER),
  ),
  maxDeadLetters: withDefault(10_000, wholeNumber('Events given up, kept at most.', 1, Number.MAX_SAFE_INTEGER)),
});

/** The words of a destination that are the forwarder's; all others are options of the destination itself. */
export const placementShape = {
  type: optional(text('A short name such as datadog, or the name of a package. Left out: the name above it.')),
  enabled: withDefault(true, flag('False: its settings stay, and it gets nothing.')),
  sources: optional(
    list('Names of sources. Left out: all.', '[production]', text('The name of a source.'), (names) =>
      names.length > 0 ? [] : [{ expected: 'sources (leave it out for all)', got: 'an empty list' }],
    ),
  ),
  from: withDefault(
    'head',
    oneOf('Where it begins when it is new: with the next event, or the oldest one kept.', ['head', 'oldest']),
  ),
  filter: optional(filterOption),
  transform: optional(transformOption),
};

export const placementOption = option.object('Where events are sent.', placementShape);

export const serverOption = option.object('How the forwarder is watched and told what to do.', {
  http: withDefault(true, flag('Serve /healthz, /readyz, /metrics and /status.')),
  host: withDefault('127.0.0.1', text('The address to listen on; 0.0.0.0 in a container.')),
  port: withDefault(9464, wholeNumber('The port to listen on; 0: any that is free.', 0, 65_535)),
  socket: optional(text('The Unix socket for commands. Left out: control.sock in the folder of the journal.')),
  stopDeadlineMs: withDefault(
    20_000,
    milliseconds(
      'Milliseconds in which SIGTERM delivers what is there; below what the orchestrator gives.',
      0,
      3_600_000,
    ),
  ),
});

export const loggingOption = option.object('What is logged, on standard error.', {
  level: withDefault('info', oneOf('The least that is logged.', ['debug', 'info', 'warn', 'error'])),
  format: withDefault(
    'auto',
    oneOf('Lines for people, or JSON; auto: lines on a terminal, else JSON.', ['auto', 'text', 'json']),
  ),
});

export const metricsOption = option.object('Where metrics are sent; they can always be fetched from /metrics.', {
  otlp: optional(
    option.object('An OpenTelemetry collector.', {
      url: serviceAddress('Where it takes metrics over HTTP, e.g. http://collector:4318/v1/metrics.'),
      headers: withDefault({}, option.texts('Headers by name. Their values are taken for secrets.')),
      intervalMs: withDefault(60_000, wholeNumber('Milliseconds between two sendings.', 1_000, MAX_DELAY_MS)),
    }),
  ),
});

export const connectionsOption = optional(
  wholeNumber('Connections to each source. Two: one is heard while the other is broken.', 1, MAX_CONNECTIONS),
);

/**
 * The whole file. The names are put in, since only then are suggestions made inside of what they name; of the
 * destinations just the words of {@link placementShape} are checked.
 */
export function settingsOption(sourceNames: readonly string[], destinationNames: readonly string[]) {
  return option.object(
    'Settings of the forwarder.',
    {
      sources: option.object('Event streams by name.', shapeOf(sourceNames, sourceOption), nameComplaints),
      journal: journalOption,
      connections: connectionsOption,
      destinations: option.object('Destinations by name.', shapeOf(destinationNames, placementOption), nameComplaints),
      server: serverOption,
      logging: loggingOption,
      metrics: metricsOption,
    },
    connectionComplaints,
  );
}

export type SourceInput = InputOf<typeof sourceOption>;
export type PlacementInput = InputOf<typeof placementOption>;
export type Placement = OutputOf<typeof placementOption>;
export type CheckedSettings = OutputOf<ReturnType<typeof settingsOption>>;

function shapeOf<Schema>(names: readonly string[], schema: Schema): Readonly<Record<string, Schema>> {
  return Object.fromEntries(names.map((name) => [name, schema]));
}

/** They become names of files, cursors and labels of metrics. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

function nameComplaints(named: Readonly<Record<string, unknown>>): readonly Complaint[] {
  const expected = 'a name of letters, digits, _, . and -, 64 at most, beginning with a letter or a digit';
  return Object.keys(named).flatMap((at) => (NAME.test(at) ? [] : [{ at, expected, got: 'another one' }]));
}

function exactType(type: string): readonly Complaint[] {
  const expected = 'an event type without commas, spaces and wildcards (globs go into the filter of a destination)';
  return /^[^\s,*]+$/.test(type) ? [] : [{ expected, got: 'one that has them' }];
}

function connectionComplaints({ connections, sources }: { connections?: unknown; sources?: unknown }): Complaint[] {
  if (typeof connections !== 'number' || connections < 1 || typeof sources !== 'object' || sources === null) return [];
  return Object.entries(sources).flatMap(([name, source]) => {
    const { transport } = source as { readonly transport?: unknown };
    if (!Array.isArray(transport) || transport.length > MAX_CONNECTIONS || transport.length <= connections) return [];
    const expected = `at least ${transport.length}, one for each transport of sources.${name}`;
    return [{ at: 'connections', expected, got: String(connections) }];
  });
}

function transportComplaints(transport: unknown): readonly Complaint[] {
  if (!Array.isArray(transport) || transport.length <= MAX_CONNECTIONS) return [];
  return [{ at: 'transport', expected: TRANSPORT, got: `a list of ${transport.length}` }];
}
