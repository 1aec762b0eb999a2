import {
  BatchingDestination,
  DestinationError,
  readTls,
  type Attempt,
  type Batch,
  type CheckResult,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import { classify } from './classify.js';
import type { ClientOptions, KafkaClient } from './client.js';
import { encodeEvent, type KafkaRecord } from './encode.js';
import { KafkajsClient } from './kafkajs-client.js';
import { KAFKA_DEFAULTS, resolveOptions, type KafkaOptions, type ResolvedKafkaOptions } from './options.js';
import { PlatformaticClient } from './platformatic-client.js';
import { ProducerSessions } from './producer-sessions.js';

/** The longest wait for an answer, in milliseconds: `request.timeout.ms` of Java's client. */
const LONGEST_REQUEST_MS = 30_000;
const CONNECT_MS = 10_000;

/** Delivers events to a Kafka topic. */
export class KafkaDestination extends BatchingDestination<KafkaRecord> {
  readonly #options: ResolvedKafkaOptions;
  readonly #client: KafkaClient;
  readonly #producers: ProducerSessions;

  /** Throws an `OptionError` that names every option that is wrong. */
  constructor(options: KafkaOptions) {
    const resolved = resolveOptions(options);
    super(KAFKA_DEFAULTS, resolved, resolved.secrets);
    this.#options = resolved;
    const { brokers, topic } = resolved;
    const forLibrary = this.#clientOptions(resolved);
    this.#client = resolved.library === 'kafkajs' ? new KafkajsClient(forLibrary) : new PlatformaticClient(forLibrary);
    this.#producers = new ProducerSessions({ client: this.#client, most: this.batching.concurrency, brokers, topic });
  }

  protected override encode(event: GrantexEvent, text: string, now: number): KafkaRecord {
    return encodeEvent(event, text, now, this.#options);
  }

  protected override async sendBatch(batch: Batch<KafkaRecord>, { signal }: Attempt): Promise<Verdict> {
    const verdict = await this.#producers.send(batch, signal);
    if (verdict.outcome !== 'refused' || verdict.code !== 'DEST_NETWORK') return verdict;
    throw new DestinationError(verdict.code, verdict.message); // No verdict of Kafka's: nobody knows what it has stored.
  }

  protected override async checkService(signal: AbortSignal): Promise<CheckResult> {
    const { topic } = this.#options;
    try {
      const partitions = await this.#client.countPartitions(signal);
      const message = `topic ${topic} is there, with ${partitions} partition(s); whether events may be written to it is proven by a test event`;
      return { ok: true, message };
    } catch (error) {
      signal.throwIfAborted();
      return { ok: false, message: classify(error, this.#options).message };
    }
  }

  protected override queryFor(event: GrantexEvent): string {
    return `topic ${this.#options.topic}, header event-id = ${event.id}`;
  }

  protected override async release(): Promise<void> {
    await this.#producers.close();
  }

  #clientOptions({ brokers, topic, clientId, compression, tls, sasl, token }: ResolvedKafkaOptions): ClientOptions {
    const { name, logger, timeoutMs } = this.batching;
    if (tls?.insecureSkipVerify === true) {
      logger.warn(
        `${name}: certificates are not checked (tls.insecureSkipVerify), so anybody on the way can read along`,
      );
    }
    // An attempt has room for a lost request and its repeats.
    const requestTimeoutMs = Math.max(1, Math.min(LONGEST_REQUEST_MS, Math.floor(timeoutMs / 4)));
    return {
      brokers,
      topic,
      clientId,
      compression,
      tls: tls && readTls(tls),
      sasl,
      token,
      requestTimeoutMs,
      connectTimeoutMs: Math.min(CONNECT_MS, requestTimeoutMs),
      log: (line) => logger.debug(`${name}: ${this.redact(line)}`),
    };
  }
}
