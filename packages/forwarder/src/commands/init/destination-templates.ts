import type { DestinationDefinition } from '@grantex/core';
import {
  bigqueryDefinition,
  datadogDefinition,
  fileDefinition,
  httpDefinition,
  kafkaDefinition,
  lokiDefinition,
  s3Definition,
  splunkDefinition,
} from '@grantex/destinations';

/** What `init` asks about a destination, and what it writes down for later. */
export interface DestinationTemplate {
  readonly definition: Pick<DestinationDefinition, 'type' | 'problems' | 'jsonSchema'>;
  /** For the list to choose from. */
  readonly label: string;
  /** Options without which there is no destination, secrets apart. */
  readonly asked: readonly AskedOption[];
  /** Required secrets, and the variable of the environment that each is taken from. They are never asked for. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Options that many people set: written as comments, with their default or with this example. */
  readonly common: Readonly<Record<string, unknown>>;
}

interface AskedOption {
  readonly option: string;
  readonly question: string;
  readonly example: string;
}

/** In place of an example: the option's default. */
export const DEFAULT: unique symbol = Symbol('the default of the schema');

export const DESTINATION_TEMPLATES: readonly DestinationTemplate[] = [
  {
    definition: datadogDefinition,
    label: 'Datadog Logs',
    asked: [],
    secrets: { apiKey: 'DD_API_KEY' },
    common: { site: DEFAULT, service: DEFAULT, tags: ['env:prod'], lateEvents: DEFAULT },
  },
  {
    definition: splunkDefinition,
    label: 'Splunk (HTTP Event Collector)',
    asked: [
      {
        option: 'hecUrl',
        question: 'Address of the HTTP Event Collector',
        example: 'https://splunk.example.com:8088',
      },
    ],
    secrets: { hecToken: 'SPLUNK_HEC_TOKEN' },
    common: { index: DEFAULT, sourcetype: DEFAULT, acknowledgement: DEFAULT, tls: { ca: '/etc/ssl/splunk-ca.pem' } },
  },
  {
    definition: s3Definition,
    label: 'Amazon S3, or a store that speaks its protocol',
    asked: [{ option: 'bucket', question: 'Name of the bucket', example: 'grantex-audit' }],
    secrets: {},
    common: {
      region: DEFAULT,
      prefix: DEFAULT,
      partitionBy: DEFAULT,
      flushIntervalMs: DEFAULT,
      endpoint: 'https://minio.example.com',
      serverSideEncryption: 'aws:kms',
    },
  },
  {
    definition: bigqueryDefinition,
    label: 'Google BigQuery',
    asked: [
      { option: 'projectId', question: 'Id of the project', example: 'my-project' },
      { option: 'datasetId', question: 'Dataset', example: 'audit' },
      { option: 'tableId', question: 'Table', example: 'grantex_events' },
    ],
    secrets: {},
    common: { createTable: DEFAULT, mode: DEFAULT, keyFilename: '/etc/grantex-forwarder/bigquery.json' },
  },
  {
    definition: kafkaDefinition,
    label: 'Apache Kafka',
    asked: [
      {
        option: 'brokers',
        question: 'Brokers, with commas between them',
        example: 'kafka-1.example:9092,kafka-2.example:9092',
      },
      { option: 'topic', question: 'Topic, which has to exist', example: 'grantex-events' },
    ],
    secrets: {},
    common: {
      format: DEFAULT,
      key: DEFAULT,
      compression: DEFAULT,
      tls: { ca: '/etc/ssl/kafka-ca.pem' },
      sasl: { mechanism: 'scram-sha-512', username: 'grantex', password: '${KAFKA_PASSWORD}' },
    },
  },
  {
    definition: lokiDefinition,
    label: 'Grafana Loki',
    asked: [{ option: 'url', question: 'Base address of the Loki', example: 'https://loki.example.com' }],
    secrets: {},
    common: { username: '123456', password: '${LOKI_PASSWORD}', tenantId: 'team-a', labels: { env: 'prod' } },
  },
  {
    definition: httpDefinition,
    label: 'An HTTP endpoint of your own',
    asked: [{ option: 'url', question: 'Where events are sent', example: 'https://events.example.com/grantex' }],
    secrets: {},
    common: {
      headers: { authorization: 'Bearer ${EVENTS_TOKEN}' },
      format: DEFAULT,
      compression: DEFAULT,
      batchSize: DEFAULT,
    },
  },
  {
    definition: fileDefinition,
    label: 'A file, or the standard output',
    asked: [{ option: 'path', question: 'Path of the file, or - for the standard output', example: './events.ndjson' }],
    secrets: {},
    common: { rotate: 'day', maxFileBytes: 100_000_000, keepFiles: 14 },
  },
];

/** Options that are secrets, or hold one: their values come from the environment or from a file. */
export const SECRET_OPTIONS: ReadonlySet<string> = new Set([
  'apiKey',
  'credentials',
  'headers',
  'hecToken',
  'password',
  'sasl',
  'secretAccessKey',
  'sessionToken',
  'signature',
]);

export const DESTINATION_TYPES: readonly string[] = DESTINATION_TEMPLATES.map(({ definition }) => definition.type);

export function templateOf(type: string): DestinationTemplate | undefined {
  return DESTINATION_TEMPLATES.find(({ definition }) => definition.type === type);
}

/** What the JSON Schema says of an option. */
export interface OptionNote {
  readonly about: string;
  readonly default: unknown;
  readonly isList: boolean;
}

export function noteOf({ definition }: DestinationTemplate, name: string): OptionNote | undefined {
  const properties = definition.jsonSchema()?.['properties'] as Readonly<Record<string, unknown>> | undefined;
  const found = properties?.[name] as { description?: string; default?: unknown; type?: string } | undefined;
  if (found === undefined) return undefined;
  return { about: found.description ?? '', default: found.default, isList: found.type === 'array' };
}
