import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { type Answer, headersOf, isStored } from './answer.js';
import type { AnswerScript } from './answer-script.js';
import { decode } from './content-decoding.js';
import type { ResolvedHttpReceiverOptions } from './http-receiver-options.js';
import type { OpenRequest } from './received-request.js';
import type { ReceiverLedger } from './receiver-ledger.js';

const NOTHING = Buffer.alloc(0);

/** Takes requests in, one by one, and does with each what the script says. */
export class RequestDesk {
  readonly #options: ResolvedHttpReceiverOptions;
  readonly #script: AnswerScript;
  readonly #ledger: ReceiverLedger;

  constructor(options: ResolvedHttpReceiverOptions, script: AnswerScript, ledger: ReceiverLedger) {
    this.#options = options;
    this.#script = script;
    this.#ledger = ledger;
  }

  async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = openRequest(incoming);
    const taken = this.#script.take();
    if (typeof taken === 'object' && taken.reset === 'before') {
      this.#ledger.arrived(request);
      return reset(response);
    }
    const raw = await this.#read(incoming);
    if (raw === undefined) return undefined;
    Object.assign(request, { raw, size: raw.length, digest: createHash('sha256').update(raw).digest('hex') });
    const decoded = await decode(raw, incoming.headers['content-encoding'] ?? 'identity', this.#options.maxBodyBytes);
    if ('body' in decoded) request.body = decoded.body;
    this.#ledger.arrived(request);
    const answer = 'refusal' in decoded && taken === undefined ? decoded.refusal : await this.#decide(taken, request);
    if (isStored(answer)) this.#ledger.store(request, this.#options.parse(request));
    if (!this.#options.keepBodies) Object.assign(request, { raw: NOTHING, body: NOTHING });
    await this.#answer(request, answer, response);
    this.#ledger.watchers.changed();
  }

  /** The whole body, or undefined when the client went away before its end. */
  async #read(incoming: IncomingMessage): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of incoming as AsyncIterable<Buffer>) {
        size += chunk.length;
        // A body that is too large is read to its end, so that the client hears the 413, but not kept.
        if (size <= this.#options.maxBodyBytes + 1) chunks.push(chunk);
      }
    } catch {
      // The client broke off; what it sent is no request.
      return undefined;
    }
    return Buffer.concat(chunks);
  }

  async #decide(taken: ReturnType<AnswerScript['take']>, request: OpenRequest): Promise<Answer> {
    try {
      return await this.#script.decide(taken, request);
    } catch (error) {
      return { status: 500, body: `The receiver's answer rule failed: ${String(error)}` };
    }
  }

  async #answer(request: OpenRequest, answer: Answer, response: ServerResponse): Promise<void> {
    if (answer.delayMs !== undefined) await sleep(answer.delayMs, undefined, { ref: false });
    if (answer.hang || response.destroyed) return undefined;
    if (answer.reset !== undefined) return reset(response);
    if (answer.dropAnswer) return void response.destroy();
    request.status = answer.status ?? 200;
    response.writeHead(request.status, headersOf(answer));
    response.end(answer.body);
    return undefined;
  }
}

function openRequest(incoming: IncomingMessage): OpenRequest {
  const url = new URL(incoming.url ?? '/', 'http://loopback');
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: url.search.slice(1),
    headers: incoming.headers,
    raw: NOTHING,
    body: NOTHING,
    size: 0,
    digest: '',
    at: Date.now(),
    ids: [],
    accepted: false,
    status: undefined,
  };
}

function reset(response: ServerResponse): void {
  const { socket } = response;
  // Node refuses a reset on TLS sockets.
  if (socket instanceof TLSSocket) socket.destroy();
  else socket?.resetAndDestroy();
}
