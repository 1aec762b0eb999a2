import { createServer } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type EventServerOptions, type ResolvedEventServerOptions, resolveOptions } from './event-server-options.js';
import { makeGarbage } from './garbage.js';
import { LoopbackListener } from '../loopback-listener.js';
import { httpChunk, Message } from './message.js';
import type { StalledEvents } from './outlet.js';
import type { Refusal } from './refusals.js';
import type { RequestRecord } from './request-record.js';
import type { StreamConnection } from './stream-connection.js';
import { StreamDesk } from './stream-desk.js';
import { StreamGate } from './stream-gate.js';
import type { PublishableEvent, TestEvent } from '../events/test-event.js';
import { type Farewell, WebSocketWire } from './websocket-wire.js';
import type { Transport } from './wire.js';

/** The streams that a fault is for. */
export interface StreamSelection {
  /** How many, the oldest first. @defaultValue all */
  readonly count?: number;
  /** @defaultValue both */
  readonly transport?: Transport;
}

/** To whom events are published. */
export interface PublishOptions {
  /** The developer's key. @defaultValue the server's first key */
  readonly key?: string;
}

/** What {@link EventServer.garbage} has published. */
export interface PublishedGarbage {
  /** How many messages were no events. */
  readonly notEvents: number;
  /** Events that came in odd but correct forms: a good client has received every one. */
  readonly events: readonly TestEvent[];
}

/**
 * The Grantex event server on loopback: the same routes, headers, frames, limits and quirks, and faults by call.
 * No replay: what is published while nobody is subscribed is gone.
 */
export class EventServer {
  readonly #options: ResolvedEventServerOptions;
  readonly #listener: LoopbackListener;
  readonly #desk: StreamDesk;
  readonly #gate: StreamGate;

  private constructor(
    options: ResolvedEventServerOptions,
    listener: LoopbackListener,
    gate: StreamGate,
    desk: StreamDesk,
  ) {
    this.#options = options;
    this.#listener = listener;
    this.#gate = gate;
    this.#desk = desk;
  }

  static async start(options: EventServerOptions = {}): Promise<EventServer> {
    const resolved = resolveOptions(options);
    const desk = new StreamDesk(resolved);
    const gate = new StreamGate(resolved, desk);
    const server = createServer((request, response) => gate.request(request, response));
    server.on('upgrade', (request, socket, head) => gate.upgrade(request, socket, head));
    const listener = await LoopbackListener.open(server, resolved.port);
    return new EventServer(resolved, listener, gate, desk);
  }

  /** `http://127.0.0.1:…`, without a path. */
  get url(): string {
    return `http://${this.#listener.host}`;
  }

  get port(): number {
    return this.#listener.port;
  }

  /** The first key. */
  get key(): string {
    return this.keys[0] ?? '';
  }

  get keys(): readonly string[] {
    return this.#options.keys;
  }

  /** Open streams of both transports and all keys. */
  get connections(): number {
    return this.#desk.connections.size;
  }

  /** Every request since the start, refused ones too. */
  get requests(): readonly RequestRecord[] {
    return this.#gate.requests;
  }

  /** Connections that their client closed within a second of opening: on the real server each may cost a slot for ever. */
  get earlyAborts(): number {
    return this.#desk.earlyAborts;
  }

  /**
   * Publishes in order to the subscribers of one key.
   * @returns how many streams got at least one of the events; a filtered, stalled or full one got none
   */
  publish(events: PublishableEvent | readonly PublishableEvent[], { key }: PublishOptions = {}): number {
    const list = isList(events) ? events : [events];
    const reached = new Set<StreamConnection>();
    for (const event of list) this.#send(Message.ofEvent(event), key, reached);
    return reached.size;
  }

  /** Publishes text as it is: after `data: `, or as the text of a WebSocket message. */
  publishRaw(text: string, { key }: PublishOptions = {}): number {
    const reached = new Set<StreamConnection>();
    this.#send(Message.ofText(text), key, reached);
    return reached.size;
  }

  /** Writes bytes to every SSE stream, as one HTTP chunk and past all filters: for frames that the server never writes. */
  writeRaw(bytes: Uint8Array | string): number {
    const content = httpChunk(typeof bytes === 'string' ? bytes : Buffer.from(bytes));
    return this.#select({ transport: 'sse' }).filter(({ outlet }) => outlet.write(content)).length;
  }

  /**
   * Publishes what a client must survive: text that is no JSON, JSON that is no event, and events in all forms that the
   * rules of server-sent events allow (a WebSocket gets these as plain messages).
   */
  garbage(): PublishedGarbage {
    const { messages, oddForms } = makeGarbage();
    const webSockets = this.#select({ transport: 'websocket' });
    for (const message of messages) this.publishRaw(message);
    for (const { event, write } of oddForms) {
      for (const chunk of write(JSON.stringify(event))) this.writeRaw(chunk);
      const message = Message.ofEvent(event);
      for (const connection of webSockets) connection.deliver(message);
    }
    return { notEvents: messages.length, events: oddForms.map(({ event }) => event) };
  }

  /** Resolves when at least `count` streams are subscribed; rejects after `timeoutMs` with what came instead. */
  async subscribed(count = 1, { timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    const subscribed = (): number => this.#select({}).filter((connection) => connection.subscribed).length;
    await this.#desk.watchers.until(() => subscribed() >= count, {
      ms: timeoutMs,
      error: () => {
        const seen = this.requests.map(({ method, path, status }) => `${method} ${path} ${status ?? 'undecided'}`);
        const requests = seen.length === 0 ? 'none' : seen.slice(-10).join(', ');
        return new Error(
          `Waited ${timeoutMs} ms for ${count} subscribed streams, have ${subscribed()}. Last requests: ${requests}`,
        );
      },
    });
  }

  /**
   * Resolves when no stream has more than `belowBytes` waiting in this process. Stalled streams are not waited for. A
   * producer at full speed awaits this after each group, otherwise a slow reader's events pile up in memory.
   */
  async drained({ belowBytes = 0 }: { readonly belowBytes?: number } = {}): Promise<void> {
    // A turn of the event loop even when nothing waits, so that readers in the same process get theirs.
    await nextTurn();
    await this.#desk.watchers.until(() =>
      this.#select({}).every(({ outlet }) => outlet.stalled || outlet.queuedBytes <= belowBytes),
    );
  }

  /** Ends streams as a killed server does: the socket ends without a final chunk or close frame. @returns how many */
  cut(selection: StreamSelection = {}): number {
    return this.#end(selection, 'cut');
  }

  /** Ends streams politely: with the final chunk, or a close frame (1001 unless another code is given). @returns how many */
  end(selection: StreamSelection & Partial<Farewell> = {}): number {
    const { code = 1001, reason = '' } = selection;
    for (const { wire } of this.#select(selection)) if (wire instanceof WebSocketWire) wire.farewell = { code, reason };
    return this.#end(selection, 'finish');
  }

  /**
   * Makes the streams that are open now half-open: their sockets stay, and nothing is written any more, no keepalive either.
   * Streams that open later are not concerned.
   */
  stall({ events = 'lost' }: { readonly events?: StalledEvents } = {}): void {
    for (const { outlet } of this.#select({})) outlet.stall(events);
  }

  /** Ends {@link stall}: what was queued goes out. */
  resume(): void {
    for (const { outlet } of this.#select({})) outlet.resume();
  }

  /** Refuses the next connects, `Infinity` for all of them, until {@link accept}. */
  refuseNext(count: number, refusal: Refusal): void {
    this.#gate.refusals.next(count, refusal);
  }

  /** Ends {@link refuseNext}. */
  accept(): void {
    this.#gate.refusals.next(0, { status: 503 });
  }

  /** Every connect from now on gets no answer, and no subscription, before `ms` have passed; 0 ends it. */
  delayHeaders(ms: number): void {
    this.#gate.delayMs = ms;
  }

  /** Paces every stream, also later ones; not below 100. `Infinity` ends it. */
  slow({ bytesPerSecond }: { readonly bytesPerSecond: number }): void {
    this.#desk.bytesPerSecond = bytesPerSecond;
    for (const { outlet } of this.#select({})) outlet.pace(bytesPerSecond);
  }

  /** The server is gone: streams are cut, connects are refused by the operating system. */
  async down(): Promise<void> {
    this.#gate.forgetWaiting();
    this.cut();
    await this.#listener.down();
  }

  /** Listens again on the same port. */
  async up(): Promise<void> {
    await this.#listener.up();
  }

  async close(): Promise<void> {
    await this.down();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #send(message: Message, key: string | undefined, reached: Set<StreamConnection>): void {
    const wanted = key ?? this.key;
    if (!this.keys.includes(wanted)) throw new RangeError('key: expected one of the keys of this server');
    for (const connection of this.#desk.connections) {
      if (connection.key === wanted && connection.deliver(message)) reached.add(connection);
    }
  }

  #select({ count = Infinity, transport }: StreamSelection): StreamConnection[] {
    const all = [...this.#desk.connections];
    return all.filter(({ wire }) => transport === undefined || wire.transport === transport).slice(0, count);
  }

  #end(selection: StreamSelection, how: 'finish' | 'cut'): number {
    const chosen = this.#select(selection);
    for (const connection of chosen) this.#desk.end(connection, how);
    return chosen.length;
  }
}

function isList(events: PublishableEvent | readonly PublishableEvent[]): events is readonly PublishableEvent[] {
  return Array.isArray(events);
}
