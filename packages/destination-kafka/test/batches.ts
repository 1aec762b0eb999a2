import { Batch, type BatchItem, type GrantexEvent } from '@grantex/core';
import { makeEvents, type TestEvent } from '@grantex/testing';
import type { ClientOptions } from '../src/client.js';
import { encodeEvent, type KafkaRecord } from '../src/encode.js';
import { TOPIC } from './fake-cluster/fake-cluster.js';

const ENCODING = { key: ['grantId', 'agentId', 'principalId'], format: 'event', source: '' } as const;

/** Batches of so many events each, one after the other. */
export function batches(...sizes: readonly number[]): Batch<KafkaRecord>[] {
  const events = makeEvents(sizes.reduce((sum, size) => sum + size, 0));
  return sizes.map((size) => new Batch(events.splice(0, size).map((event, index) => itemOf(event, index))));
}

function itemOf(event: TestEvent, position: number): BatchItem<KafkaRecord> {
  const text = JSON.stringify(event);
  const known = event as unknown as GrantexEvent;
  const record = encodeEvent(known, text, Date.parse(event.createdAt), ENCODING);
  return { position, partition: '', event: known, text, record, bytes: record.bytes };
}

export function idsOf(...wanted: readonly Batch<KafkaRecord>[]): string[] {
  return wanted.flatMap(({ items }) => items.map(({ event }) => event.id));
}

export function clientOptions(brokers: readonly string[]): ClientOptions {
  return {
    brokers,
    topic: TOPIC,
    clientId: 'test',
    compression: 'none',
    tls: undefined,
    sasl: undefined,
    token: undefined,
    requestTimeoutMs: 30_000,
    connectTimeoutMs: 10_000,
    log: () => {},
  };
}
