import { randomUUID } from 'node:crypto';
import {
  BatchingDestination,
  compress,
  compressionHeaders,
  connectionSecrets,
  HttpClient,
  type Attempt,
  type Batch,
  type CheckResult,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import { Acknowledgement, channelHeader, type Receipt } from './acknowledgement.js';
import { classify, classifyAckCheck, classifyCheck } from './classify.js';
import { createEncoder, encodeBody, type Encode } from './encode.js';
import { HecClient } from './hec-client.js';
import { resolveOptions, SPLUNK_DEFAULTS, type ResolvedSplunkOptions, type SplunkOptions } from './options.js';

interface Message {
  readonly body: string | Uint8Array;
  /** From the first attempt on, and the same for all. */
  receipt?: Receipt | undefined;
}

/** Delivers events to a Splunk HTTP Event Collector. */
export class SplunkDestination extends BatchingDestination {
  readonly #options: ResolvedSplunkOptions;
  readonly #encode: Encode;
  readonly #client: HecClient;
  readonly #acknowledgement: Acknowledgement | undefined;

  /** Throws an `OptionError` that names every option that is wrong. */
  constructor(options: SplunkOptions) {
    const resolved = resolveOptions(options);
    super({ ...SPLUNK_DEFAULTS, maxTimeoutMs: LONGEST_ATTEMPT_MS }, { ...resolved, timeoutMs: attemptMs(resolved) }, [
      resolved.hecToken,
      ...connectionSecrets(resolved),
    ]);
    this.#options = resolved;
    this.#encode = createEncoder(resolved);
    const { hecToken, timeoutMs, ackUrl, acknowledgementTimeoutMs } = resolved;
    const { name, clock, logger } = this.batching;
    this.#client = new HecClient({ http: new HttpClient(resolved, this.batching), clock, hecToken, timeoutMs });
    const parts = { client: this.#client, ackUrl, timeoutMs: acknowledgementTimeoutMs, name, clock, logger };
    this.#acknowledgement = resolved.acknowledgement ? new Acknowledgement(parts) : undefined;
  }

  protected override encode(event: GrantexEvent, text: string): string {
    return this.#encode(event, text);
  }

  protected override prepareBatch(batch: Batch<string>): Promise<Message> {
    return batch.prepare(async () => ({
      body: await compress(encodeBody(batch.items.map(({ record }) => record)), this.#options.compression),
    }));
  }

  protected override async sendBatch(batch: Batch<string>, { number, signal }: Attempt): Promise<Verdict> {
    const { eventUrl: url, compression, index } = this.#options;
    const message = await this.prepareBatch(batch);
    const receipt = (message.receipt ??= this.#acknowledgement?.open());
    const reply = await this.#client.post({
      url,
      headers: { ...compressionHeaders(compression), ...(receipt && channelHeader(receipt.channel)) },
      body: message.body,
      signal,
    });
    const verdict = classify(reply, this.batching.clock.now(), { size: batch.size, bytes: batch.bytes, index });
    if (verdict.outcome !== 'accepted' || receipt === undefined) return verdict;
    return (await this.#acknowledgement?.confirm(receipt, reply, signal, number === 1)) ?? verdict;
  }

  protected override async checkService(signal: AbortSignal): Promise<CheckResult> {
    const { eventUrl: url, index } = this.#options;
    const headers = this.#acknowledgement && channelHeader(randomUUID());
    const reply = await this.#client.post({ url, ...(headers && { headers }), body: checkBody(index), signal });
    const result = classifyCheck(reply, this.batching.clock.now(), index);
    if (!result.ok || this.#acknowledgement === undefined) return result;
    const acknowledged = classifyAckCheck(await this.#acknowledgement.probe(signal), this.batching.clock.now());
    return acknowledged.ok ? result : acknowledged;
  }

  protected override queryFor(event: GrantexEvent): string {
    return `index=${this.#options.index} event_id=${event.id}`;
  }

  protected override async release(): Promise<void> {
    await this.#client.close();
  }
}

/** The longest sum that {@link attemptMs} can give. */
const LONGEST_ATTEMPT_MS = 3 * 3_600_000;

/** An attempt is a request, and with acknowledgement the waiting for it, at the end of which a last question may be under way. */
function attemptMs({ timeoutMs, acknowledgement, acknowledgementTimeoutMs }: ResolvedSplunkOptions): number {
  return acknowledgement ? timeoutMs + acknowledgementTimeoutMs + timeoutMs : timeoutMs;
}

/** An event without content, which Splunk refuses once the token is found to be good (code 13): nothing is stored. */
function checkBody(index: string): string {
  return JSON.stringify({ index, event: '' });
}
