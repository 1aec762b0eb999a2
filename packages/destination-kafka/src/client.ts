import type { ConnectionOptions as TlsConnectionOptions } from 'node:tls';
import type { Compression } from '@grantex/core';
import type { KafkaRecord } from './encode.js';
import type { SaslOptions } from './options.js';

/** What this package needs of a client library, so that libraries can take each other's place. */
export interface KafkaClient {
  /** Whether a producer gives the same numbers again to the records of a batch whose send failed. */
  readonly repeatsNumbers: boolean;
  /** A new producer. It connects when it is first used. */
  openSession(): ProducerSession;
  /** The number of the topic's partitions. Rejects when there is no such topic, and never creates one. */
  countPartitions(signal: AbortSignal): Promise<number>;
}

/**
 * One idempotent producer: the broker knows it by an id, and its records of a partition by sequence numbers. One `send` at
 * a time.
 */
export interface ProducerSession {
  /**
   * Sends the records, with the library's own retries. Resolves with the indices of those that were not acknowledged;
   * rejects with the library's error when any of them may not have been stored.
   */
  send(records: readonly KafkaRecord[]): Promise<readonly number[]>;
  /** Ends the connections at once. What is under way fails, and nothing is sent any more. */
  abandon(): void;
  /** Says goodbye to the brokers. */
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly clientId: string;
  readonly compression: Compression;
  readonly tls: TlsConnectionOptions | undefined;
  readonly sasl: SaslOptions | undefined;
  readonly token: (() => string | Promise<string>) | undefined;
  /** Milliseconds until a request without an answer counts as lost, which the library then repeats by itself. */
  readonly requestTimeoutMs: number;
  /** Milliseconds for opening a connection. */
  readonly connectTimeoutMs: number;
  /** For what the library has to say. */
  readonly log: (line: string) => void;
}

/** Waits between the tries of a library, in milliseconds: those of Java's client (`retry.backoff.ms`, `retry.backoff.max.ms`). */
export const FIRST_RETRY_MS = 100;
export const LONGEST_RETRY_MS = 1_000;
/**
 * Tries of a library after a failed one: about half a minute of waits, which outlasts the election of a new leader after a
 * broker died (9 s until it is missed, `broker.session.timeout.ms`).
 */
export const SEND_RETRIES = 30;
/** Tries to reach the brokers at all: what lasts longer is the engine's to wait for, so that it shows. */
export const CONNECT_RETRIES = 3;
