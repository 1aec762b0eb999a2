import {
  batchingOptions,
  checkOptions,
  COMPRESSIONS,
  connectionOptions,
  isLoopback,
  option,
  OptionError,
  type BatchingDefaults,
  type BatchingOptions,
  type CodeOptions,
  type Complaint,
  type Compression,
  type ConnectionOptions,
  type OptionSchemas,
  type OutputOf,
} from '@grantex/core';
import { FORMATS, type Format } from './encode.js';

/**
 * A batch of records may have 1,048,588 bytes by default (`max.message.bytes`, Kafka 4.3 topic configs), and a request 100 MiB
 * (`socket.request.max.bytes`). No library splits a batch that is too large, and all events of a request may lie in one.
 *
 * An attempt may take as long as Java's client tries (`delivery.timeout.ms`), since the library repeats lost requests by
 * itself; longer than that its retries never go on, because the attempt is given up then.
 */
export const KAFKA_DEFAULTS: BatchingDefaults = {
  kind: 'kafka',
  // The head of a batch of records has 61 bytes; what a record adds is in its own size.
  limits: { maxEvents: 10_000, maxBytes: 100_000_000, batchOverheadBytes: 61, eventOverheadBytes: 0 },
  batchSize: 100,
  maxBatchBytes: 1_000_000,
  timeoutMs: 120_000,
};

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;
const LIBRARIES = ['kafkajs', '@platformatic/kafka'] as const;

/** How the destination shows the brokers who it is. */
export interface SaslOptions {
  /** How the password is shown to the broker; `oauthbearer` takes an access token in its place, from `token`. */
  readonly mechanism: (typeof MECHANISMS)[number];
  /** For all but `oauthbearer`. */
  readonly username?: string;
  /** For all but `oauthbearer`. */
  readonly password?: string;
}

/** Options of {@link KafkaDestination}. `batchSize` is 100 when not given, `maxBatchBytes` 1,000,000, `timeoutMs` 120,000. */
export interface KafkaOptions
  extends BatchingOptions, Pick<ConnectionOptions, 'tls' | 'allowInsecureHosts'>, Pick<CodeOptions, 'token'> {
  /** Host and port of some brokers, such as `['kafka-1.example:9092']`. One is enough; the others are found through it. */
  readonly brokers: readonly string[];
  /** The name of the topic. It has to exist: it is never created. */
  readonly topic: string;
  /** The name that brokers see, in their logs and quotas. @defaultValue 'grantex-destinations' */
  readonly clientId?: string;
  /**
   * The fields of an event's `data` whose value becomes the message's key: the first that it has, otherwise the event's
   * id. Messages with the same key keep their order. `[]`: always the event's id.
   * @defaultValue ['grantId', 'agentId', 'principalId']
   */
  readonly key?: readonly string[];
  /**
   * `event`: the event's text as it came. `cloudevents`: a CloudEvent 1.0 in JSON. `cloudevents-binary`: its attributes in
   * headers, and `data` alone as the value. @defaultValue 'event'
   */
  readonly format?: Format;
  /** The `source` of CloudEvents: who publishes the events. @defaultValue 'https://api.grantex.dev' */
  readonly source?: string;
  /** How batches of records are compressed, here and in the topic. @defaultValue 'none' */
  readonly compression?: Compression;
  /** User and password, or an access token. @defaultValue none */
  readonly sasl?: SaslOptions;
  /** The client library. `@platformatic/kafka` has to be installed beside this package. @defaultValue 'kafkajs' */
  readonly library?: (typeof LIBRARIES)[number];
}

const { list, oneOf, optional, text, withDefault } = option;

const sasl = option.object(
  'User and password, or an access token.',
  {
    mechanism: oneOf('How the password is shown to the broker.', MECHANISMS),
    username: optional(text('The user, for all mechanisms but oauthbearer.')),
    password: optional(text('The password, for all mechanisms but oauthbearer.')),
  },
  ({ mechanism, username, password }) => {
    const isToken = mechanism === 'oauthbearer';
    return Object.entries({ username, password }).flatMap(([at, value]): Complaint[] => {
      if ((value === undefined) === isToken) return [];
      return isToken
        ? [{ at, expected: 'nothing, because oauthbearer takes an access token', got: 'something' }]
        : [{ at, expected: `the ${at} for ${String(mechanism)}`, got: 'nothing' }];
    });
  },
);

/** One line for each option of {@link KafkaOptions} that a file can hold: its default, its check, its word to editors. */
export const kafkaOptions = option.object(
  'Options of a Kafka destination.',
  {
    ...batchingOptions(KAFKA_DEFAULTS),
    tls: connectionOptions.tls,
    allowInsecureHosts: connectionOptions.allowInsecureHosts,
    brokers: list(
      'Host and port of some brokers.',
      "['kafka-1.example:9092']",
      text('Host and port.', noAddress),
      none,
    ),
    topic: text('The name of the topic, which has to exist.', noTopic),
    clientId: withDefault('grantex-destinations', text('The name that brokers see.', noName)),
    key: withDefault(
      ['grantId', 'agentId', 'principalId'],
      list(
        'The fields of data, the first of which is the key of the message.',
        "['grantId']",
        text('A field of data.'),
      ),
    ),
    format: withDefault('event', oneOf('How an event lies in a message.', FORMATS)),
    source: withDefault('https://api.grantex.dev', text('The source of CloudEvents: who publishes the events.')),
    compression: withDefault('none', oneOf('How batches of records are compressed.', COMPRESSIONS)),
    sasl: optional(sasl),
    library: withDefault('kafkajs', oneOf('The client library.', LIBRARIES)),
  } satisfies OptionSchemas<KafkaOptions>,
  passwordInClear,
);

export interface ResolvedKafkaOptions extends OutputOf<typeof kafkaOptions>, CodeOptions {
  /** What must not be seen in a message. */
  readonly secrets: readonly string[];
}

export function resolveOptions(options: KafkaOptions): ResolvedKafkaOptions {
  const checked = checkOptions(kafkaOptions, options);
  const wantsToken = checked.sasl?.mechanism === 'oauthbearer';
  if (wantsToken && checked.token === undefined) {
    throw new OptionError('token', 'a function that returns an access token, for oauthbearer', 'nothing');
  }
  if (!wantsToken && checked.token !== undefined) {
    throw new OptionError('token', "nothing, unless sasl is { mechanism: 'oauthbearer' }", 'a function');
  }
  return { ...checked, secrets: checked.sasl?.password === undefined ? [] : [checked.sasl.password] };
}

/** A name, an IPv4 address, or an IPv6 address in brackets. */
const ADDRESS = /^([^\s:/@[\]]+|\[[\da-f:.]+\]):(\d{1,5})$/i;

/** The host of an address that {@link noAddress} has no complaint about. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'));
}

function noAddress(address: string): readonly Complaint[] {
  const port = Number(ADDRESS.exec(address)?.[2] ?? 0);
  if (port >= 1 && port <= 65_535) return [];
  return [{ expected: 'host and port, such as kafka-1.example:9092', got: 'something else' }];
}

function none(entries: readonly unknown[]): readonly Complaint[] {
  return entries.length > 0 ? [] : [{ expected: 'at least one broker', got: 'none' }];
}

/** Kafka's own rule for names of topics. */
function noTopic(topic: string): readonly Complaint[] {
  if (/^[\w.-]{1,249}$/.test(topic) && topic !== '.' && topic !== '..') return [];
  return [{ expected: "at most 249 letters, digits, and '.', '_', '-'", got: 'a name that no topic can have' }];
}

function noName(name: string): readonly Complaint[] {
  return /^\S+$/.test(name) ? [] : [{ expected: 'a name without white space', got: 'one that has some' }];
}

/** A password, or a token, goes unencrypted to loopback only, and to hosts that are named in `allowInsecureHosts`. */
function passwordInClear({
  brokers,
  tls,
  sasl: credentials,
  allowInsecureHosts,
}: Readonly<Record<string, unknown>>): readonly Complaint[] {
  if (credentials === undefined || tls !== undefined || !Array.isArray(brokers)) return [];
  const allowed: unknown[] = Array.isArray(allowInsecureHosts) ? allowInsecureHosts : [];
  const hosts = brokers.flatMap((address) => (typeof address === 'string' ? [hostOf(address)] : []));
  const exposed = hosts.find((host) => !isLoopback(host) && !allowed.includes(host));
  if (exposed === undefined) return [];
  return [
    {
      at: 'tls',
      expected: 'tls, because a password is sent to the brokers ({} trusts the usual authorities)',
      got: `none, for ${exposed} (to allow it all the same: allowInsecureHosts: ['${exposed}'])`,
    },
  ];
}
