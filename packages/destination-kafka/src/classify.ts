import { excerpt, refusalFromError, refused, type DestinationErrorCode, type Refusal } from '@grantex/core';
import { readFailure, type Failure } from './failure.js';

/** What is asked, for the messages. */
export interface ClassifyOptions {
  readonly topic: string;
  readonly brokers: readonly string[];
}

/** The codes of Kafka's protocol ("Error codes" in the protocol guide) and what they mean for a batch. */
const CODES: Readonly<Record<number, DestinationErrorCode>> = {
  2: 'DEST_UNAVAILABLE', // CORRUPT_MESSAGE: damaged on its way
  3: 'DEST_MISCONFIGURED', // UNKNOWN_TOPIC_OR_PARTITION
  5: 'DEST_UNAVAILABLE', // LEADER_NOT_AVAILABLE
  6: 'DEST_UNAVAILABLE', // NOT_LEADER_OR_FOLLOWER
  7: 'DEST_UNAVAILABLE', // REQUEST_TIMED_OUT
  8: 'DEST_UNAVAILABLE', // BROKER_NOT_AVAILABLE
  9: 'DEST_UNAVAILABLE', // REPLICA_NOT_AVAILABLE
  10: 'DEST_TOO_LARGE', // MESSAGE_TOO_LARGE
  13: 'DEST_NETWORK', // NETWORK_EXCEPTION
  14: 'DEST_UNAVAILABLE', // COORDINATOR_LOAD_IN_PROGRESS
  15: 'DEST_UNAVAILABLE', // COORDINATOR_NOT_AVAILABLE
  16: 'DEST_UNAVAILABLE', // NOT_COORDINATOR
  17: 'DEST_MISCONFIGURED', // INVALID_TOPIC_EXCEPTION
  18: 'DEST_TOO_LARGE', // RECORD_LIST_TOO_LARGE
  19: 'DEST_UNAVAILABLE', // NOT_ENOUGH_REPLICAS
  20: 'DEST_UNAVAILABLE', // NOT_ENOUGH_REPLICAS_AFTER_APPEND
  21: 'DEST_MISCONFIGURED', // INVALID_REQUIRED_ACKS
  29: 'DEST_UNAUTHORIZED', // TOPIC_AUTHORIZATION_FAILED
  31: 'DEST_UNAUTHORIZED', // CLUSTER_AUTHORIZATION_FAILED
  32: 'DEST_REJECTED', // INVALID_TIMESTAMP
  33: 'DEST_MISCONFIGURED', // UNSUPPORTED_SASL_MECHANISM
  34: 'DEST_MISCONFIGURED', // ILLEGAL_SASL_STATE
  35: 'DEST_MISCONFIGURED', // UNSUPPORTED_VERSION
  41: 'DEST_UNAVAILABLE', // NOT_CONTROLLER
  43: 'DEST_MISCONFIGURED', // UNSUPPORTED_FOR_MESSAGE_FORMAT
  44: 'DEST_MISCONFIGURED', // POLICY_VIOLATION
  45: 'DEST_UNAVAILABLE', // OUT_OF_ORDER_SEQUENCE_NUMBER
  46: 'DEST_UNAVAILABLE', // DUPLICATE_SEQUENCE_NUMBER
  47: 'DEST_UNAVAILABLE', // INVALID_PRODUCER_EPOCH
  49: 'DEST_UNAVAILABLE', // INVALID_PRODUCER_ID_MAPPING
  53: 'DEST_UNAUTHORIZED', // TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  54: 'DEST_MISCONFIGURED', // SECURITY_DISABLED
  56: 'DEST_UNAVAILABLE', // KAFKA_STORAGE_ERROR
  58: 'DEST_UNAUTHORIZED', // SASL_AUTHENTICATION_FAILED
  59: 'DEST_UNAVAILABLE', // UNKNOWN_PRODUCER_ID
  72: 'DEST_UNAVAILABLE', // LISTENER_NOT_FOUND
  74: 'DEST_UNAVAILABLE', // FENCED_LEADER_EPOCH
  75: 'DEST_UNAVAILABLE', // UNKNOWN_LEADER_EPOCH
  76: 'DEST_MISCONFIGURED', // UNSUPPORTED_COMPRESSION_TYPE
  87: 'DEST_REJECTED', // INVALID_RECORD
  89: 'DEST_THROTTLED', // THROTTLING_QUOTA_EXCEEDED
  90: 'DEST_UNAVAILABLE', // PRODUCER_FENCED
};

/** The brokers have lost the thread of a producer: its session cannot go on, not even with the same batch. */
const LOST_THREAD: ReadonlySet<number> = new Set([45, 46, 47, 49, 59, 90]);

/** What a person can do about an answer. One that passes by itself needs none. */
const ADVICE: Readonly<Record<number, string>> = {
  3: 'the topic does not exist, or must not be seen by this user: create it, or check topic',
  10: 'the topic takes smaller batches only: lower maxBatchBytes, or raise max.message.bytes of the topic',
  17: 'no topic can have this name, or it is one of the brokers themselves: check topic',
  18: 'the topic takes smaller batches only: lower maxBatchBytes, or raise segment.bytes of the topic',
  21: 'the brokers do not take what this library asks for: check library',
  29: 'the user may not write to the topic: allow WRITE and DESCRIBE, or check sasl',
  31: 'the user may not write with idempotence: allow IDEMPOTENT_WRITE on the cluster (brokers before 2.8), or check sasl',
  32: 'the broker does not take the time of the event: see message.timestamp.before.max.ms of the topic',
  33: 'the brokers do not know this mechanism: check sasl.mechanism',
  34: 'the brokers want no user and password on this port: check brokers and sasl',
  35: 'the brokers are too old or too new for this library: check library',
  43: 'the topic keeps messages in an old format, without headers: raise its message.format.version',
  44: 'a policy of the brokers forbids it',
  53: 'the user may not write with idempotence: check sasl',
  54: 'the brokers want no user and password on this port: check brokers and sasl',
  58: 'check sasl: mechanism, username and password',
  76: 'the topic does not take this compression: check compression',
};

/** What an error of a client library means for a batch. */
export function classify(error: unknown, options: ClassifyOptions): Refusal {
  const failure = readFailure(error);
  const { code, isLoginRefused } = failure;
  const who = `Kafka, topic ${options.topic}`;
  if (code !== undefined) {
    const advice = ADVICE[code];
    const message = `${who}: ${failure.name} (${excerpt(failure.message)})${advice === undefined ? '' : `; ${advice}`}`;
    return refused(CODES[code] ?? 'DEST_FAILED', message);
  }
  if (isLoginRefused) {
    const message = `the brokers refused the login (${excerpt(failure.message)}); check sasl: mechanism, username and password`;
    return refused('DEST_UNAUTHORIZED', message);
  }
  return noAnswer(error, failure, options);
}

/** Whether the producer that met this error can be of no use any more. */
export function hasLostThread(error: unknown): boolean {
  const { code } = readFailure(error);
  return code !== undefined && LOST_THREAD.has(code);
}

/** How libraries say that the other end hung up. */
const HUNG_UP = /closed|disconnected before secure|socket hang up/i;
const HUNG_UP_HINT = '; if it stays so, check tls and sasl: a broker hangs up when it expects them, or does not';

/** Nobody answered, or something that no broker says. */
function noAnswer(error: unknown, failure: Failure, { brokers }: ClassifyOptions): Refusal {
  const { code, message } = refusalFromError(error);
  const where = failure.broker ?? brokers.join(', ');
  if (/\b(ENOTFOUND|EAI_AGAIN)\b/.test(message)) {
    return refused(
      code,
      `the host of ${where} is not known; check brokers, the name service of this machine, and advertised.listeners`,
    );
  }
  if (/\bECONNREFUSED\b/.test(message)) {
    return refused(code, `${where} refused the connection; check brokers, and whether the broker runs`);
  }
  if (code === 'DEST_MISCONFIGURED') {
    return refused(
      code,
      `${where}: ${message}; a certificate of your own goes into tls.ca, or into NODE_EXTRA_CA_CERTS`,
    );
  }
  if (failure.isMisuse) {
    return refused('DEST_MISCONFIGURED', `${where}: ${excerpt(failure.message)}; check tls, sasl and brokers`);
  }
  const isNetwork = code === 'DEST_NETWORK' || (code === 'DEST_FAILED' && failure.isNetwork);
  if (!isNetwork) return refused(code, message);
  const hint = HUNG_UP.test(failure.message) ? HUNG_UP_HINT : '';
  return refused('DEST_NETWORK', `no answer from ${where}: ${excerpt(failure.message)}${hint}`);
}
