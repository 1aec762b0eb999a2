import { gunzipSync } from 'node:zlib';
import { HttpReceiver, makeEvents, type ReceivedRequest } from '@grantex/testing';
import { describe, expect, test } from 'vitest';
import { FakeCluster, TOPIC } from '../../destination-kafka/test/fake-cluster/fake-cluster.js';
import {
  bigqueryDefinition,
  BigQueryDestination,
  datadogDefinition,
  DatadogDestination,
  kafkaDefinition,
  KafkaDestination,
  lokiDefinition,
  LokiDestination,
  s3Definition,
  S3Destination,
  silentLogger as logger,
  splunkDefinition,
  SplunkDestination,
  type DestinationDefinition,
  type EventDestination,
  type GrantexEvent,
} from '../src/index.js';

interface Row {
  readonly definition: Pick<DestinationDefinition, 'jsonSchema' | 'problems'>;
  /** What has to be given, as an example. */
  readonly required: Readonly<Record<string, unknown>>;
  readonly defaults: Readonly<Record<string, unknown>>;
}

/**
 * The options in Grantex's guides, and their defaults there; for Kafka, which has no guide of its own, those of Grantex's first
 * package. `flushIntervalMs` has none there; here it has one, so that nothing waits for ever. Loki's are the recommended ones.
 */
const GUIDES: Readonly<Record<string, Row>> = {
  datadog: {
    definition: datadogDefinition,
    required: { apiKey: '0123456789abcdef0123456789abcdef' },
    defaults: { site: 'datadoghq.com', service: 'grantex', source: 'grantex', batchSize: 100, flushIntervalMs: 1_000 },
  },
  splunk: {
    definition: splunkDefinition,
    required: { hecUrl: 'https://splunk.example.com:8088', hecToken: 'a-token' },
    defaults: { index: 'main', source: 'grantex', sourcetype: '_json', batchSize: 100, flushIntervalMs: 1_000 },
  },
  s3: {
    definition: s3Definition,
    required: { bucket: 'my-company-grantex-events' },
    defaults: { prefix: 'grantex-events', region: 'us-east-1', batchSize: 1_000, flushIntervalMs: 300_000 },
  },
  bigquery: {
    definition: bigqueryDefinition,
    required: { projectId: 'my-gcp-project', datasetId: 'grantex', tableId: 'events' },
    defaults: { batchSize: 500, flushIntervalMs: 1_000 },
  },
  kafka: {
    definition: kafkaDefinition,
    required: { brokers: ['kafka-1.example:9092'], topic: 'audit' },
    defaults: { clientId: 'grantex-destinations', batchSize: 100, flushIntervalMs: 1_000 },
  },
  loki: {
    definition: lokiDefinition,
    required: { url: 'https://loki.example' },
    defaults: { compression: 'gzip', batchSize: 1_000, flushIntervalMs: 1_000 },
  },
};

describe.each(Object.entries(GUIDES))('%s', (type, { definition, required, defaults }) => {
  const { properties, required: named = [] } = definition.jsonSchema() as {
    readonly properties: Readonly<Record<string, { readonly default?: unknown }>>;
    readonly required?: readonly string[];
  };

  test.each(Object.entries(defaults))('%s is %j when it is not given', (name, value) => {
    expect(properties[name]?.default).toEqual(value);
  });

  test('needs what the guide calls required, and nothing else', () => {
    // Of Loki's two addresses either will do, which a schema of this kind does not say.
    expect(new Set(named)).toEqual(new Set(type === 'loki' ? [] : Object.keys(required)));
    expect(definition.problems(required)).toEqual([]);
    for (const name of Object.keys(required)) {
      const { [name]: _, ...others } = required;
      expect(definition.problems(others)).toHaveLength(1);
    }
  });

  test("takes the guide's options together", () => {
    expect(definition.problems({ ...required, ...defaults, flushIntervalMs: 5_000 })).toEqual([]);
  });
});

type Json = Readonly<Record<string, unknown>>;

/** Delivers one event more than a batch has. */
async function deliver(destination: EventDestination, batchSize: number): Promise<void> {
  await destination.send(makeEvents(batchSize + 1) as unknown as GrantexEvent[]);
  await destination.close();
}

function linesOf(text: string): Json[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json);
}

async function receive(answer: {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}): Promise<HttpReceiver> {
  return HttpReceiver.start({ answer: () => answer });
}

function firstOf({ requests }: HttpReceiver): ReceivedRequest {
  expect(requests).toHaveLength(2);
  return requests[0] as ReceivedRequest;
}

describe('on the wire, with nothing but what is required', () => {
  test('Datadog: the five fields, a hundred at a time', async () => {
    await using receiver = await receive({ status: 202, body: '{}' });
    await deliver(new DatadogDestination({ apiKey: 'a-key', endpoint: receiver.url, logger }), 100);
    const logs = JSON.parse(firstOf(receiver).body.toString()) as Json[];
    const [event] = makeEvents(1);
    expect(logs).toHaveLength(100);
    expect(logs[0]).toMatchObject({ ddsource: 'grantex', service: 'grantex', hostname: 'grantex-auth-service' });
    expect(String(logs[0]?.['ddtags']).split(',')).toContain(`type:${event?.type}`);
  });

  test('Splunk: the envelope, a hundred at a time', async () => {
    await using receiver = await receive({ status: 200, body: '{"text":"Success","code":0}' });
    await deliver(new SplunkDestination({ hecUrl: receiver.url, hecToken: 'a-token', logger }), 100);
    const request = firstOf(receiver);
    const envelopes = linesOf(request.body.toString());
    expect(request.path).toBe('/services/collector/event');
    expect(request.headers.authorization).toBe('Splunk a-token');
    expect(envelopes).toHaveLength(100);
    expect(envelopes[0]).toMatchObject({
      index: 'main',
      source: 'grantex',
      sourcetype: '_json',
      event: makeEvents(1)[0],
    });
  });

  test('S3: prefix and region, a thousand a file', async () => {
    await using receiver = await receive({ status: 200, headers: { etag: '"6805f2cfc46c0f04559748bb039d69ae"' } });
    const keys = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'not-a-secret' };
    await deliver(new S3Destination({ bucket: 'audit', endpoint: receiver.url, ...keys, logger }), 1_000);
    const request = firstOf(receiver);
    expect(request.path).toMatch(/^\/audit\/grantex-events\/.*\.ndjson\.gz$/);
    expect(request.headers.authorization).toContain('/us-east-1/s3/aws4_request');
    expect(linesOf(gunzipSync(request.raw).toString())).toHaveLength(1_000);
  });

  test('BigQuery: the four columns, five hundred at a time', async () => {
    await using receiver = await receive({ status: 200, body: '{"kind":"bigquery#tableDataInsertAllResponse"}' });
    const table = { projectId: 'my-gcp-project', datasetId: 'grantex', tableId: 'events' };
    await deliver(new BigQueryDestination({ ...table, apiEndpoint: receiver.url, logger }), 500);
    const request = firstOf(receiver);
    const { rows } = JSON.parse(request.body.toString()) as { readonly rows: readonly { readonly json: Json }[] };
    const [event] = makeEvents(1);
    expect(request.path).toMatch(/\/projects\/my-gcp-project\/datasets\/grantex\/tables\/events\/insertAll$/);
    expect(rows).toHaveLength(500);
    expect(Object.keys(rows[0]?.json ?? {})).toEqual(['event_id', 'event_type', 'created_at', 'data']);
    expect(rows[0]?.json).toMatchObject({
      event_id: event?.id,
      event_type: event?.type,
      data: JSON.stringify(event?.data),
    });
  });

  test('Loki: one stream with two labels, gzip, a thousand at a time', async () => {
    await using receiver = await receive({ status: 204 });
    await deliver(new LokiDestination({ url: receiver.url, logger }), 1_000);
    const request = firstOf(receiver);
    const { streams } = JSON.parse(request.body.toString()) as {
      readonly streams: readonly { readonly stream: Json; readonly values: readonly unknown[] }[];
    };
    expect(request.headers['content-encoding']).toBe('gzip');
    expect(streams).toHaveLength(1);
    expect(streams[0]?.stream).toEqual({ source: 'grantex', service_name: 'grantex' });
    expect(streams[0]?.values).toHaveLength(1_000);
  });

  test("Kafka: the event's text and type, a hundred at a time", async () => {
    await using cluster = await FakeCluster.start();
    await deliver(new KafkaDestination({ brokers: cluster.addresses, topic: TOPIC, logger }), 100);
    const sizes = cluster.requests.map(({ batches }) => batches.get(0)?.records.length);
    const [event] = makeEvents(1);
    expect(sizes).toEqual([100, 1]);
    expect(cluster.stored[0]).toMatchObject({ value: JSON.stringify(event), headers: { 'event-type': event?.type } });
  });
});
