import { OptionError } from '@grantex/core';
import { expect, test } from 'vitest';
import { kafkaDefinition, KafkaDestination } from '../src/index.js';
import { resolveOptions } from '../src/options.js';

const given = { brokers: ['kafka-1.example:9092'], topic: 'audit' };
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

/** The lines of the error that these options, from a program without types, are refused with. */
function complaints(options: Readonly<Record<string, unknown>>): string[] {
  try {
    resolveOptions({ ...given, ...options });
  } catch (error) {
    if (error instanceof OptionError) return error.message.split('\n');
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('defaults', () => {
  expect(resolveOptions(given)).toEqual({
    ...given,
    name: 'kafka',
    clientId: 'grantex-destinations',
    key: ['grantId', 'agentId', 'principalId'],
    format: 'event',
    source: 'https://api.grantex.dev',
    compression: 'none',
    library: 'kafkajs',
    batchSize: 100,
    maxBatchBytes: 1_000_000,
    flushIntervalMs: 1_000,
    timeoutMs: 120_000,
    concurrency: 1,
    retry: { initialMs: 500, maxMs: 30_000, holdMs: 5_000, maxHoldMs: 60_000 },
    secrets: [],
  });
});

test('what is required', () => {
  expect(complaints({ brokers: undefined, topic: undefined })).toEqual([
    expect.stringMatching(/^brokers: expected a list such as \['kafka-1.example:9092'\], got nothing/),
    expect.stringMatching(/^topic: expected a text, got nothing/),
  ]);
});

test.each([
  [{ brokers: [] }, /^brokers: expected at least one broker, got none$/],
  [{ brokers: 'kafka-1.example:9092' }, /^brokers: expected a list such as/],
  [{ brokers: ['kafka-1.example'] }, /^brokers\[0\]: expected host and port, such as kafka-1.example:9092/],
  [{ brokers: ['kafka-1.example:0'] }, /^brokers\[0\]: expected host and port/],
  [{ brokers: ['kafka-1.example:70000'] }, /^brokers\[0\]: expected host and port/],
  [{ brokers: ['ok:1', 'https://kafka-1.example:9092'] }, /^brokers\[1\]: expected host and port/],
  [{ topic: 'a topic' }, /^topic: expected at most 249 letters, digits/],
  [{ topic: '..' }, /^topic: expected at most 249 letters/],
  [{ topic: 'x'.repeat(250) }, /^topic: expected at most 249 letters/],
  [{ clientId: 'my client' }, /^clientId: expected a name without white space/],
  [{ key: 'grantId' }, /^key: expected a list such as \['grantId'\]/],
  [{ format: 'array' }, /^format: expected one of event, cloudevents, cloudevents-binary/],
  [{ compression: 'lz4' }, /^compression: expected one of gzip, zstd, none/],
  [{ library: 'node-rdkafka' }, /^library: expected one of kafkajs, @platformatic\/kafka/],
  [{ batchSize: 10_001 }, /^batchSize: expected a whole number from 1 to 10000/],
  [{ maxBatchBytes: 100_000_001 }, /^maxBatchBytes: expected a whole number from 1 to 100000000/],
  [{ clientID: 'x' }, /^clientID: expected a known option \(did you mean clientId\?\)/],
  [{ proxy: 'http://proxy.example:3128' }, /^proxy: expected one of .*, got an unknown one$/],
  [
    { sasl: { mechanism: 'PLAIN', username: 'u', password: 'p' }, tls: {} },
    /^sasl.mechanism: expected one of plain, scram/,
  ],
  [
    { sasl: { mechanism: 'plain', username: 'u' }, tls: {} },
    /^sasl.password: expected the password for plain, got nothing$/,
  ],
  [{ sasl: { mechanism: 'scram-sha-512', password: 'p' }, tls: {} }, /^sasl.username: expected the username for scram/],
  [{ sasl: { mechanism: 'oauthbearer' }, tls: {} }, /^token: expected a function that returns an access token/],
  [
    { sasl: { mechanism: 'oauthbearer', password: 'p' }, tls: {} },
    /^sasl.password: expected nothing, because oauthbearer/,
  ],
  [{ token: () => 'x' }, /^token: expected nothing, unless sasl is/],
  [{ token: 'x' }, /^token: expected a function/],
  [{ tls: { cert: PEM } }, /^tls.key: expected the private key of tls.cert, got nothing$/],
])('%j', (options, message) => {
  expect(complaints(options)).toEqual([expect.stringMatching(message)]);
});

test('a password goes without TLS to loopback only, and to hosts that are named', () => {
  const sasl = { mechanism: 'plain', username: 'u', password: 'secret-password' } as const;
  const [message] = complaints({ sasl, brokers: ['127.0.0.1:9092', 'kafka-1.example:9092'] });
  expect(message).toMatch(/^tls: expected tls, because a password is sent .*allowInsecureHosts: \['kafka-1.example'\]/);
  expect(message).not.toContain('secret-password');
  for (const safe of [
    { ...given, sasl, tls: {} },
    { ...given, sasl, allowInsecureHosts: ['kafka-1.example'] },
    { topic: 'audit', sasl, brokers: ['localhost:9092', '127.0.0.1:9092', '[::1]:9092'] },
  ]) {
    expect(resolveOptions(safe).secrets).toEqual(['secret-password']);
  }
});

test('certificates that cannot be read are told at the start', () => {
  expect(() => new KafkaDestination({ ...given, tls: { ca: '/nowhere/ca.pem' } })).toThrow(
    /^tls.ca: .* cannot be read as a file \(ENOENT\)$/,
  );
});

test('certificates that are not checked are told about', () => {
  const warnings: string[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (line: string) => void warnings.push(line) };
  kafkaDefinition.from({ ...given, tls: { insecureSkipVerify: true } }, { logger });
  expect(warnings).toEqual([expect.stringMatching(/^kafka: certificates are not checked \(tls.insecureSkipVerify\)/)]);
});

test('from a file', () => {
  expect(kafkaDefinition.type).toBe('kafka');
  expect(
    kafkaDefinition.problems({ ...given, tls: {}, sasl: { mechanism: 'plain', username: 'u', password: 'p' } }),
  ).toEqual([]);
  expect(kafkaDefinition.problems({ topic: 'audit' })).toMatchObject([{ option: 'brokers' }]);
  expect(kafkaDefinition.from(given)).toBeInstanceOf(KafkaDestination);
  expect(kafkaDefinition.jsonSchema()).toMatchObject({ required: ['brokers', 'topic'] });
});

test('a token can be given in code, for settings from a file', () => {
  const settings = { ...given, tls: {}, sasl: { mechanism: 'oauthbearer' } } as const;
  expect(kafkaDefinition.from(settings, { token: () => 'x' })).toBeInstanceOf(KafkaDestination);
});
