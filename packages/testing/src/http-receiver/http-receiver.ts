import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Answer, AnswerRule } from './answer.js';
import { AnswerScript, type RandomFailures } from './answer-script.js';
import { type HttpReceiverOptions, resolveReceiverOptions } from './http-receiver-options.js';
import { LoopbackListener } from '../loopback-listener.js';
import type { ReceivedRequest } from './received-request.js';
import { type ReceiverCounts, ReceiverLedger } from './receiver-ledger.js';
import { RequestDesk } from './request-desk.js';

/** Longer than a client keeps an idle connection, so that none ends just as a request sets out. */
const KEEP_ALIVE_MS = 120_000;

/** An HTTP service on loopback that answers as it is told and remembers what came. */
export class HttpReceiver {
  /** With `https` when the receiver was given a certificate; without a path. */
  readonly url: string;
  readonly #listener: LoopbackListener;
  readonly #script: AnswerScript;
  readonly #ledger: ReceiverLedger;

  private constructor(listener: LoopbackListener, secure: boolean, script: AnswerScript, ledger: ReceiverLedger) {
    this.url = `${secure ? 'https' : 'http'}://${listener.host}`;
    this.#listener = listener;
    this.#script = script;
    this.#ledger = ledger;
  }

  static async start(options: HttpReceiverOptions = {}): Promise<HttpReceiver> {
    const resolved = resolveReceiverOptions(options);
    const script = new AnswerScript(resolved.answer);
    const ledger = new ReceiverLedger();
    const desk = new RequestDesk(resolved, script, ledger);
    const handle = (request: IncomingMessage, response: ServerResponse): void => void desk.handle(request, response);
    const server = resolved.tls ? createSecureServer(resolved.tls, handle) : createServer(handle);
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    const listener = await LoopbackListener.open(server, resolved.port);
    return new HttpReceiver(listener, resolved.tls !== undefined, script, ledger);
  }

  get port(): number {
    return this.#listener.port;
  }

  /** Every request that came whole (or was reset by order before its body), in the order of arrival. */
  get requests(): readonly ReceivedRequest[] {
    return this.#ledger.requests;
  }

  /** The requests that were stored, in that order: answered with a 2xx, or stored and then lost by order. */
  get accepted(): readonly ReceivedRequest[] {
    return this.#ledger.accepted;
  }

  /** The event ids of the accepted requests in order, repeats included. */
  get ids(): readonly string[] {
    return this.#ledger.ids;
  }

  get counts(): ReceiverCounts {
    return this.#ledger.counts;
  }

  /** Sets the standing rule. */
  answer(rule: AnswerRule): void {
    this.#script.standing = rule;
  }

  /** Queues one-off answers: each goes to one request, before everything else. */
  next(...answers: readonly (Answer | AnswerRule)[]): void {
    this.#script.queue(answers);
  }

  /** From now on a share of the requests fails, the same ones for the same seed and order; rate 0 ends it. */
  failAtRandom(failures: RandomFailures): void {
    this.#script.failAtRandom(failures);
  }

  /** An outage: every connection is cut, and new ones are refused by the operating system. */
  async down(): Promise<void> {
    await this.#listener.down();
  }

  /** Listens again on the same port; everything remembered is still there. */
  async up(): Promise<void> {
    await this.#listener.up();
  }

  /**
   * Resolves when so many distinct ids are stored, or when the condition holds (looked at whenever a request comes, is stored
   * or answered); rejects after `timeoutMs` with the counts.
   */
  async waitFor(
    condition: number | ((receiver: this) => boolean),
    { timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {},
  ): Promise<void> {
    const holds = typeof condition === 'number' ? () => this.counts.distinctIds >= condition : () => condition(this);
    const wanted = typeof condition === 'number' ? `${condition} distinct ids` : 'the condition';
    const error = (): Error => new Error(`Waited ${timeoutMs} ms for ${wanted}, have ${JSON.stringify(this.counts)}`);
    await this.#ledger.watchers.until(holds, { ms: timeoutMs, error });
  }

  async close(): Promise<void> {
    await this.down();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
