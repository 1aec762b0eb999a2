import { HttpReceiver, type Answer, type ReceivedRequest } from '@grantex/testing';
import { splitObjects } from './json-objects.js';

/**
 * A HEC that answers as Splunk Enterprise 10.4.3 and Splunk Cloud 10.5 were measured to answer (September 2026): objects before
 * the first bad one are stored, that one and all behind it are not.
 */

export const TOKEN = '11111111-2222-4333-8444-555555555555';
const EVENT_PATH = '/services/collector/event';
const ACK_PATH = '/services/collector/ack';
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ENVELOPE_KEYS = new Set(['time', 'host', 'source', 'sourcetype', 'index', 'event', 'fields']);

export type Envelope = Readonly<Record<string, unknown>> & { readonly event: { readonly id: string } };

export interface HecReceiverOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The token's indexes. @defaultValue main */
  readonly indexes?: readonly string[];
  /** The token has indexer acknowledgement. @defaultValue false */
  readonly useAck?: boolean;
  /** Bodies above this are answered as Splunk Cloud does. @defaultValue 5_242_881 */
  readonly maxBytes?: number;
}

/** How the objects of a request fare: so many are stored, and this is the answer. */
interface Outcome {
  readonly stored: readonly Envelope[];
  readonly answer: Answer;
}

export class HecReceiver implements AsyncDisposable {
  readonly http: HttpReceiver;
  readonly token: string = TOKEN;
  /** What is stored, in order, repeats included. */
  readonly envelopes: Envelope[] = [];
  /** An object with this event's id is taken for malformed. */
  malformed: { readonly id: string; readonly text: string } | undefined;
  indexes: readonly string[];
  /** Whether what is stored is indexed at once; else it is when {@link indexAll} says so. */
  indexesAtOnce = true;
  readonly #useAck: boolean;
  readonly #maxBytes: number;
  readonly #outcomes = new WeakMap<ReceivedRequest, Outcome>();
  /** By channel: for each ackId whether it is indexed; undefined once it was read. */
  readonly #acks = new Map<string, (boolean | undefined)[]>();

  private constructor(
    http: HttpReceiver,
    { indexes = ['main'], useAck = false, maxBytes = 5_242_881 }: HecReceiverOptions,
  ) {
    this.http = http;
    this.indexes = indexes;
    this.#useAck = useAck;
    this.#maxBytes = maxBytes;
    http.answer(this.answer);
  }

  static async start(options: HecReceiverOptions = {}): Promise<HecReceiver> {
    let receiver: HecReceiver | undefined;
    const http = await HttpReceiver.start({
      parse: (request) => receiver?.store(request) ?? [],
      ...(options.tls && { tls: options.tls }),
    });
    receiver = new HecReceiver(http, options);
    return receiver;
  }

  /** The standing rule. */
  readonly answer = (request: ReceivedRequest): Answer => {
    const refusal = this.#refuse(request);
    if (refusal !== undefined) return refusal;
    if (request.path === ACK_PATH) return this.#answerAck(request);
    const outcome = this.#take(request.body.toString());
    this.#outcomes.set(request, outcome);
    if (outcome.answer.status !== undefined) return { ...outcome.answer, store: outcome.stored.length > 0 };
    return this.#useAck ? hecAnswer(200, 0, 'Success', { ackId: this.#nextAck(channelOf(request)) }) : outcome.answer;
  };

  /** Everything stored so far is indexed. */
  indexAll(): void {
    for (const acks of this.#acks.values()) {
      for (const [ackId, isIndexed] of acks.entries()) if (isIndexed === false) acks[ackId] = true;
    }
  }

  /** As a restart does: channels and their numbers are gone. */
  forgetChannels(): void {
    this.#acks.clear();
  }

  get channels(): string[] {
    return [...this.#acks.keys()];
  }

  /** Requests with events, in order. */
  get deliveries(): ReceivedRequest[] {
    return this.http.requests.filter((request) => idsIn(request).length > 0);
  }

  /** Questions about acknowledgements, in order. */
  get questions(): ReceivedRequest[] {
    return this.http.requests.filter(({ path }) => path === ACK_PATH);
  }

  /** Called by the receiver below for each request that is stored: by the standing rule, or by a scripted answer. */
  store(request: ReceivedRequest): string[] {
    if (request.path !== EVENT_PATH) return [];
    const { stored } = this.#outcomes.get(request) ?? this.#take(request.body.toString());
    this.envelopes.push(...stored);
    return stored.map(({ event }) => event.id);
  }

  async close(): Promise<void> {
    await this.http.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #refuse({ method, path, headers }: ReceivedRequest): Answer | undefined {
    if (path !== EVENT_PATH && path !== ACK_PATH)
      return hecAnswer(404, 404, 'The requested URL was not found on this server.');
    if (method !== 'POST') return hecAnswer(405, 404, 'The requested URL was not found on this server.');
    const { authorization, 'content-encoding': encoding = 'gzip' } = headers;
    if (authorization === undefined) return hecAnswer(401, 2, 'Token is required');
    if (!authorization.startsWith('Splunk ')) return hecAnswer(401, 3, 'Invalid authorization');
    if (authorization !== `Splunk ${this.token}`) return hecAnswer(403, 4, 'Invalid token');
    if (encoding !== 'gzip') return { status: 415, body: '<html><h1>Unsupported Media Type</h1></html>' };
    if (path === ACK_PATH && !this.#useAck) return hecAnswer(400, 14, 'ACK is disabled');
    const channel = headers['x-splunk-request-channel'];
    if (channel === undefined) return this.#useAck ? hecAnswer(400, 10, 'Data channel is missing') : undefined;
    return GUID.test(String(channel)) ? undefined : hecAnswer(400, 11, 'Invalid data channel');
  }

  #take(body: string): Outcome {
    if (body === '') return { stored: [], answer: hecAnswer(400, 5, 'No data') };
    if (Buffer.byteLength(body) > this.#maxBytes) return refusedAt([], 6, 'Invalid data format', 0);
    const stored: Envelope[] = [];
    const pieces = splitObjects(body);
    for (const [at, piece] of pieces.entries()) {
      const envelope = parse(piece);
      if (envelope === undefined) return refusedAt(stored, 6, 'Invalid data format', at);
      if (this.malformed !== undefined && idOf(envelope) === this.malformed.id) {
        return refusedAt(stored, 6, this.malformed.text, at);
      }
      const { event, fields, index } = envelope;
      if (event === '') return refusedAt(stored, 13, 'Event field cannot be blank', at);
      if (event === undefined && fields === undefined) return refusedAt(stored, 12, 'Event field is required', at);
      if (!isFlat(fields)) return refusedAt(stored, 15, 'Error in handling indexed fields', at);
      // One too many, as measured.
      if (!this.indexes.includes(String(index))) return refusedAt(stored, 7, 'Incorrect index', at + 1);
      if (Object.keys(envelope).some((key) => !ENVELOPE_KEYS.has(key))) {
        // Answered with success, and nothing from here on is stored.
        return { stored, answer: pieces.length === 1 ? hecAnswer(400, 5, 'No data') : SUCCESS };
      }
      if (event !== undefined) stored.push(envelope as Envelope);
    }
    return { stored, answer: SUCCESS };
  }

  #nextAck(channel: string): number {
    const acks = this.#acks.get(channel) ?? [];
    this.#acks.set(channel, acks);
    return acks.push(this.indexesAtOnce) - 1;
  }

  #answerAck(request: ReceivedRequest): Answer {
    const { acks: asked } = JSON.parse(request.body.toString()) as { acks: number[] };
    const acks = this.#acks.get(channelOf(request)) ?? [];
    const told = Object.fromEntries(asked.map((ackId) => [ackId, acks[ackId] === true]));
    // A yes is told once.
    for (const ackId of asked) if (acks[ackId] === true) acks[ackId] = undefined;
    return { status: 200, body: JSON.stringify({ acks: told }), store: false };
  }
}

const SUCCESS: Answer = { body: '{"text":"Success","code":0}' };

/** An answer in HEC's form. */
export function hecAnswer(status: number, code: number, text: string, more: object = {}): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text, code, ...more }) };
}

function refusedAt(stored: readonly Envelope[], code: number, text: string, number: number): Outcome {
  return { stored: [...stored], answer: hecAnswer(400, code, text, { 'invalid-event-number': number }) };
}

function parse(piece: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(piece) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined; // malformed
  }
}

function idOf({ event }: Readonly<Record<string, unknown>>): string | undefined {
  return (event as { readonly id?: string } | undefined)?.id;
}

function isFlat(fields: unknown): boolean {
  return Object.values(fields ?? {}).every((value) => [value].flat().every((one) => typeof one === 'string'));
}

function channelOf({ headers }: ReceivedRequest): string {
  return String(headers['x-splunk-request-channel']);
}

/** The ids of the events in a request, whether it is accepted or not. */
export function idsIn({ path, body }: ReceivedRequest): string[] {
  if (path !== EVENT_PATH) return [];
  return splitObjects(body.toString()).flatMap((piece) => idOf(parse(piece) ?? {}) ?? []);
}
