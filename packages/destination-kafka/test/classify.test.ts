import { MultipleErrors, NetworkError, ProtocolError, UserError } from '@platformatic/kafka';
import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { classify, hasLostThread } from '../src/classify.js';

/** The classes, without the types, which leave out what the library gives them. */
const errors = kafkajs as unknown as Record<string, new (message: unknown, details?: object) => Error>;
function thrown(name: string, message: unknown, details?: object): Error {
  const Class = errors[name];
  if (Class === undefined) throw new Error(`kafkajs has no ${name}`);
  return new Class(message, details);
}

const options = { topic: 'audit', brokers: ['kafka-1.example:9092'] };

/** Every row of the table of errors, by the protocol guide's numbers. */
const ROWS = [
  [2, 'CORRUPT_MESSAGE', 'DEST_UNAVAILABLE'],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION', 'DEST_MISCONFIGURED'],
  [5, 'LEADER_NOT_AVAILABLE', 'DEST_UNAVAILABLE'],
  [6, 'NOT_LEADER', 'DEST_UNAVAILABLE'],
  [7, 'REQUEST_TIMED_OUT', 'DEST_UNAVAILABLE'],
  [8, 'BROKER_NOT_AVAILABLE', 'DEST_UNAVAILABLE'],
  [9, 'REPLICA_NOT_AVAILABLE', 'DEST_UNAVAILABLE'],
  [10, 'MESSAGE_TOO_LARGE', 'DEST_TOO_LARGE'],
  [13, 'NETWORK_EXCEPTION', 'DEST_NETWORK'],
  [14, 'LOAD_IN_PROGRESS', 'DEST_UNAVAILABLE'],
  [15, 'COORDINATOR_NOT_AVAILABLE', 'DEST_UNAVAILABLE'],
  [16, 'NOT_COORDINATOR', 'DEST_UNAVAILABLE'],
  [17, 'INVALID_TOPIC_EXCEPTION', 'DEST_MISCONFIGURED'],
  [18, 'RECORD_LIST_TOO_LARGE', 'DEST_TOO_LARGE'],
  [19, 'NOT_ENOUGH_REPLICAS', 'DEST_UNAVAILABLE'],
  [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'DEST_UNAVAILABLE'],
  [21, 'INVALID_REQUIRED_ACKS', 'DEST_MISCONFIGURED'],
  [29, 'TOPIC_AUTHORIZATION_FAILED', 'DEST_UNAUTHORIZED'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED', 'DEST_UNAUTHORIZED'],
  [32, 'INVALID_TIMESTAMP', 'DEST_REJECTED'],
  [33, 'UNSUPPORTED_SASL_MECHANISM', 'DEST_MISCONFIGURED'],
  [34, 'ILLEGAL_SASL_STATE', 'DEST_MISCONFIGURED'],
  [35, 'UNSUPPORTED_VERSION', 'DEST_MISCONFIGURED'],
  [41, 'NOT_CONTROLLER', 'DEST_UNAVAILABLE'],
  [43, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', 'DEST_MISCONFIGURED'],
  [44, 'POLICY_VIOLATION', 'DEST_MISCONFIGURED'],
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'DEST_UNAVAILABLE'],
  [46, 'DUPLICATE_SEQUENCE_NUMBER', 'DEST_UNAVAILABLE'],
  [47, 'INVALID_PRODUCER_EPOCH', 'DEST_UNAVAILABLE'],
  [49, 'INVALID_PRODUCER_ID_MAPPING', 'DEST_UNAVAILABLE'],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'DEST_UNAUTHORIZED'],
  [54, 'SECURITY_DISABLED', 'DEST_MISCONFIGURED'],
  [56, 'KAFKA_STORAGE_ERROR', 'DEST_UNAVAILABLE'],
  [58, 'SASL_AUTHENTICATION_FAILED', 'DEST_UNAUTHORIZED'],
  [59, 'UNKNOWN_PRODUCER_ID', 'DEST_UNAVAILABLE'],
  [72, 'LISTENER_NOT_FOUND', 'DEST_UNAVAILABLE'],
  [74, 'FENCED_LEADER_EPOCH', 'DEST_UNAVAILABLE'],
  [75, 'UNKNOWN_LEADER_EPOCH', 'DEST_UNAVAILABLE'],
  [76, 'UNSUPPORTED_COMPRESSION_TYPE', 'DEST_MISCONFIGURED'],
  [87, 'INVALID_RECORD', 'DEST_REJECTED'],
  [-1, 'UNKNOWN', 'DEST_FAILED'],
] as const;

/** Codes that kafkajs, being older, has no name for. */
const YOUNG_ROWS = [
  [89, 'THROTTLING_QUOTA_EXCEEDED', 'DEST_THROTTLED'],
  [90, 'PRODUCER_FENCED', 'DEST_UNAVAILABLE'],
] as const;

const path: string = 'kafkajs/src/protocol/error.js';
const { default: protocol } = (await import(path)) as { default: { createErrorFromCode: (code: number) => Error } };

describe('kafkajs', () => {
  test.each(ROWS)('%d %s', (code, name, wanted) => {
    const error = protocol.createErrorFromCode(code);
    const given = [error, thrown('KafkaJSNonRetriableError', error, { cause: error })];
    for (const one of given) {
      const refusal = classify(one, options);
      expect(refusal.code).toBe(wanted);
      expect(refusal.message).toMatch(new RegExp(`^Kafka, topic audit: \\w*${name}\\w* \\(.+\\)`));
    }
  });

  test('a code that it does not know', () => {
    expect(classify(protocol.createErrorFromCode(4711), options).code).toBe('DEST_FAILED');
  });
});

describe('@platformatic/kafka', () => {
  test.each([...ROWS, ...YOUNG_ROWS])('%d %s', (code, name, wanted) => {
    const error = new ProtocolError(code);
    const several = new MultipleErrors('produce failed 2 times.', [new NetworkError('Connection closed'), error]);
    for (const one of [error, several]) {
      const refusal = classify(one, options);
      expect(refusal.code).toBe(wanted);
      expect(refusal.message).toMatch(new RegExp(`^Kafka, topic audit: \\w*${name}\\w* \\(.+\\)`));
    }
  });

  test('no such topic', () => {
    expect(classify(new UserError('Unknown topic audit.'), options)).toMatchObject({
      code: 'DEST_MISCONFIGURED',
      message: expect.stringContaining('create it, or check topic'),
    });
  });

  test('options that it cannot work with', () => {
    expect(classify(new UserError('Broker requires TLS.'), options)).toMatchObject({
      code: 'DEST_MISCONFIGURED',
      message: 'kafka-1.example:9092: Broker requires TLS.; check tls, sasl and brokers',
    });
  });
});

test('every refusal that a person has to mend says what to mend', () => {
  for (const [code, , wanted] of ROWS) {
    if (!['DEST_UNAUTHORIZED', 'DEST_MISCONFIGURED', 'DEST_TOO_LARGE'].includes(wanted)) continue;
    expect(classify(protocol.createErrorFromCode(code), options).message).toMatch(/\); .{10}/);
  }
});

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

test.each([
  [
    thrown('KafkaJSConnectionError', 'Connection error: getaddrinfo ENOTFOUND nowhere.example', {
      code: 'ENOTFOUND',
      broker: 'nowhere.example:9092',
    }),
    'DEST_NETWORK',
    /^the host of nowhere.example:9092 is not known; check brokers/,
  ],
  [
    thrown('KafkaJSConnectionError', 'Connection error: connect ECONNREFUSED', {
      code: 'ECONNREFUSED',
      broker: 'b:9092',
    }),
    'DEST_NETWORK',
    /^b:9092 refused the connection; check brokers/,
  ],
  [
    thrown('KafkaJSConnectionError', 'Connection error: self-signed certificate in certificate chain', {
      code: 'SELF_SIGNED_CERT_IN_CHAIN',
      broker: 'b:9092',
    }),
    'DEST_MISCONFIGURED',
    /^b:9092: the TLS certificate of the service is not trusted: .*tls\.ca/,
  ],
  [
    thrown('KafkaJSConnectionError', 'Connection timeout', { broker: 'b:9092' }),
    'DEST_NETWORK',
    /^no answer from b:9092: Connection timeout$/,
  ],
  [
    thrown('KafkaJSConnectionClosedError', 'Closed connection', { host: 'b', port: 9092 }),
    'DEST_NETWORK',
    /^no answer from b:9092: Closed connection; if it stays so, check tls and sasl/,
  ],
  [
    thrown('KafkaJSRequestTimeoutError', 'Request Produce(key: 0, version: 7) timed out', {
      broker: 'b:9092',
    }),
    'DEST_NETWORK',
    /^no answer from b:9092: Request Produce/,
  ],
  [
    thrown(
      'KafkaJSSASLAuthenticationError',
      'SASL PLAIN authentication failed: Authentication failed: Invalid username or password',
    ),
    'DEST_UNAUTHORIZED',
    /^the brokers refused the login \(SASL PLAIN .*\); check sasl: mechanism, username and password$/,
  ],
  [
    thrown('KafkaJSSASLAuthenticationError', 'SASL PLAIN authentication failed: Connection closed by the server'),
    'DEST_NETWORK',
    /^no answer from kafka-1.example:9092: SASL PLAIN/,
  ],
  [
    new NetworkError('Connection to b:9092 failed.', { cause: systemError('ECONNREFUSED', 'connect ECONNREFUSED') }),
    'DEST_NETWORK',
    /refused the connection/,
  ],
  [new TypeError('x is not a function'), 'DEST_FAILED', /^x is not a function$/],
  ['a text', 'DEST_FAILED', /^a text$/],
])('%s', (error, code, message) => {
  expect(classify(error, options)).toMatchObject({ outcome: 'refused', code, message: expect.stringMatching(message) });
});

test('the brokers have lost the thread of a producer', () => {
  const lost = ROWS.map(([code]) => code).filter((code) => hasLostThread(protocol.createErrorFromCode(code)));
  expect(lost).toEqual([45, 46, 47, 49, 59]);
  expect(hasLostThread(new ProtocolError(90))).toBe(true);
  expect(hasLostThread(new Error('reset'))).toBe(false);
});

test('errors in a circle end', () => {
  const error = new Error('round') as Error & { cause: unknown };
  error.cause = error;
  expect(classify(error, options).message).toBe('round');
});
