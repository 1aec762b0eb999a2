import { randomUUID } from 'node:crypto';
import { accepted, refusalFromError, refused, type Clock, type Logger, type Reply, type Verdict } from '@grantex/core';
import { classifyAck, type Indexed } from './classify.js';
import type { HecClient } from './hec-client.js';
import { readHecReply } from './hec-reply.js';

/** What is remembered of one batch over its attempts. */
export interface Receipt {
  /** A GUID. No other batch has it meanwhile, so that whatever is confirmed in it is this batch. */
  readonly channel: string;
  /** The numbers of the requests that were answered, latest last: any of them says that the batch is indexed. */
  readonly ackIds: number[];
  /** Leads the question to the indexer that has the answer, where a load balancer has sticky sessions. */
  cookie?: string;
}

interface Parts {
  readonly client: HecClient;
  readonly ackUrl: URL;
  readonly timeoutMs: number;
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Between two questions, in milliseconds: at first at once, then doubled up to the 10 s of Splunk's own advice. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Indexer acknowledgement, from "About HTTP Event Collector Indexer Acknowledgment": each request gets a number in its channel,
 * and Splunk is asked until it says that the request is indexed.
 */
export class Acknowledgement {
  readonly #parts: Parts;
  /** Channels without an open request: Splunk remembers a channel for 10 minutes, so they are used again. */
  readonly #idleChannels: string[] = [];
  #isAbsenceTold = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  open(): Receipt {
    return { channel: this.#idleChannels.pop() ?? randomUUID(), ackIds: [] };
  }

  /** Waits until Splunk says that an accepted request is indexed. `isFirst`: the batch was not sent before. */
  async confirm(receipt: Receipt, reply: Reply, signal: AbortSignal, isFirst: boolean): Promise<Verdict> {
    const { ackId } = readHecReply(reply.text);
    if (ackId === undefined) return this.#trust(reply, 'the token has none');
    receipt.ackIds.push(ackId);
    receipt.cookie = cookieOf(reply) ?? receipt.cookie ?? '';
    const { clock, timeoutMs } = this.#parts;
    const until = clock.now() + timeoutMs;
    for (let pause = 0; ; pause = nextPause(pause)) {
      await clock.sleep(Math.min(pause, until - clock.now()), signal);
      const { indexed, trouble } = await this.#ask(receipt, signal);
      if (indexed === 'never told') return this.#trust(reply, trouble);
      if (indexed === 'yes') {
        // Of a batch that came again an answer may still be there, that would be taken for another batch's.
        if (isFirst) this.#idleChannels.push(receipt.channel);
        return accepted(reply.status);
      }
      if (clock.now() >= until) return refused('DEST_UNAVAILABLE', unconfirmed(timeoutMs, trouble));
    }
  }

  /** Asks in a channel of its own, so that no answer for anybody else is used up. */
  probe(signal: AbortSignal): Promise<Reply> {
    return this.#post({ channel: randomUUID(), ackIds: [0] }, signal);
  }

  async #ask(receipt: Receipt, signal: AbortSignal): Promise<{ indexed: Indexed; trouble: string }> {
    try {
      const reply = await this.#post(receipt, signal);
      const trouble = reply.status === 200 ? '' : `Splunk replied ${reply.status} to the question`;
      return { indexed: classifyAck(reply, receipt.ackIds), trouble };
    } catch (error) {
      if (signal.aborted) throw error;
      // Only the question was lost. To send the events again now would store them twice.
      return { indexed: 'not yet', trouble: refusalFromError(error).message };
    }
  }

  #post({ channel, ackIds, cookie }: Receipt, signal: AbortSignal): Promise<Reply> {
    const { client, ackUrl } = this.#parts;
    const headers = { ...channelHeader(channel), ...(cookie && { cookie }) };
    return client.post({ url: ackUrl, headers, body: JSON.stringify({ acks: ackIds }), signal });
  }

  /** Splunk has the events, and will not say more. To hold on to them would send them again and again. */
  #trust({ status }: Reply, reason: string): Verdict {
    const { name, logger } = this.#parts;
    if (!this.#isAbsenceTold) {
      this.#isAbsenceTold = true;
      const advice = 'turn indexer acknowledgement on at the token, or leave acknowledgement out';
      logger.warn(
        `${name}: there are no acknowledgements (${reason}), so events count as delivered when Splunk has received them; ${advice}`,
      );
    }
    return accepted(status);
  }
}

/** The header that a token with indexer acknowledgement asks for. */
export function channelHeader(channel: string): Record<string, string> {
  return { 'x-splunk-request-channel': channel };
}

function nextPause(pause: number): number {
  return pause === 0 ? FIRST_PAUSE_MS : Math.min(2 * pause, LONGEST_PAUSE_MS);
}

/** The cookies that an answer sets, as they are sent back. */
function cookieOf({ headers }: Reply): string | undefined {
  const cookies = [headers['set-cookie'] ?? []].flat();
  return cookies.length === 0 ? undefined : cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ');
}

function unconfirmed(timeoutMs: number, trouble: string): string {
  const last = trouble === '' ? '' : ` (${trouble})`;
  return `Splunk has taken the events, and did not say within ${timeoutMs} ms that they are indexed${last}; they are sent again, and may be there twice; with several indexers, acknowledgement needs sticky sessions at the load balancer`;
}
