import type { Answer } from '../http-receiver/answer.js';
import { type DatadogLog, readLogs } from './datadog-log.js';
import { HttpReceiver } from '../http-receiver/http-receiver.js';
import type { HttpReceiverOptions } from '../http-receiver/http-receiver-options.js';
import type { ReceivedRequest } from '../http-receiver/received-request.js';

/** From "Send logs" in the Datadog API reference: 5 MB uncompressed, 1,000 entries, 1 MB an entry. */
const MAX_BODY_BYTES = 5_000_000;
const MAX_ENTRIES = 1_000;
const MAX_LOG_BYTES = 1_000_000;
/** From "Log collection": dates further back or ahead are accepted and then not indexed. */
const OLDEST_MS = 18 * 60 * 60 * 1_000;
const NEWEST_MS = 2 * 60 * 60 * 1_000;

/** Options of {@link datadogReceiver}. */
export interface DatadogReceiverOptions extends Omit<HttpReceiverOptions, 'answer' | 'parse'> {
  /** The key that the intake knows. @defaultValue `dd-test-key` */
  readonly apiKey?: string;
  /** A request with such an event is answered 400 as a whole. */
  readonly rejectId?: (id: string) => boolean;
  /** The intake's time, for the 18 hours. @defaultValue Date.now */
  readonly now?: () => number;
}

/** A Datadog-like log intake. `ids` has the events that can be searched for: not those that were dropped in silence. */
export interface DatadogReceiver extends HttpReceiver {
  readonly apiKey: string;
  /** Indexed entries; empty with `keepBodies: false`. */
  readonly logs: readonly DatadogLog[];
  /** Entries that got a 202 and are in no index: older than 18 hours, or more than 2 hours ahead. */
  readonly silentlyDropped: readonly DatadogLog[];
  /** Entries above 1 MB: they got a 202, and what is above 1 MB is gone. They count as indexed. */
  readonly truncated: readonly DatadogLog[];
}

/** `POST /api/v2/logs` and `GET /api/v1/validate` as Datadog answers them. The scripting of {@link HttpReceiver} comes first. */
export async function datadogReceiver(options: DatadogReceiverOptions = {}): Promise<DatadogReceiver> {
  const { apiKey = 'dd-test-key', rejectId = () => false, now = () => Date.now(), ...receiverOptions } = options;
  const logs: DatadogLog[] = [];
  const silentlyDropped: DatadogLog[] = [];
  const truncated: DatadogLog[] = [];
  /** The last body that was read: it is wanted twice, for the answer and for the record. */
  let last: { readonly request: ReceivedRequest; readonly logs: DatadogLog[] | undefined } | undefined;
  const logsOf = (request: ReceivedRequest): DatadogLog[] | undefined => {
    if (last?.request !== request) last = { request, logs: readLogs(request.body) };
    return last.logs;
  };

  const intake = (request: ReceivedRequest): Answer => {
    const refusal = checkKey(request, apiKey);
    if (refusal) return refusal;
    if (request.body.length > MAX_BODY_BYTES) return refused(413, 'Payload Too Large', 'Payload too large');
    const entries = logsOf(request);
    if (entries === undefined) return refused(400, 'Bad Request', 'Malformed payload');
    if (entries.length > MAX_ENTRIES) return refused(400, 'Bad Request', `More than ${MAX_ENTRIES} entries`);
    const poison = entries.find(({ id }) => id !== undefined && rejectId(id));
    if (poison) return refused(400, 'Bad Request', 'Invalid log entry');
    return { status: 202, headers: { 'content-type': 'application/json' }, body: '{}' };
  };

  const parse = (request: ReceivedRequest): string[] => {
    const ids: string[] = [];
    for (const log of logsOf(request) ?? []) {
      const { id, timestamp, entry } = log;
      const age = now() - (timestamp ?? now());
      if (age > OLDEST_MS || age < -NEWEST_MS) {
        silentlyDropped.push(log);
        continue;
      }
      if (request.body.length > MAX_LOG_BYTES && Buffer.byteLength(JSON.stringify(entry)) > MAX_LOG_BYTES) {
        truncated.push(log);
      }
      if (options.keepBodies !== false) logs.push(log);
      if (id !== undefined) ids.push(id);
    }
    return ids;
  };

  const answer = (request: ReceivedRequest): Answer => {
    const route = `${request.method} ${request.path}`;
    if (route === 'POST /api/v2/logs') return intake(request);
    if (route === 'GET /api/v1/validate') return validate(request, apiKey);
    return refused(404, 'Not Found', 'Not found');
  };

  const receiver = await HttpReceiver.start({ ...receiverOptions, answer, parse });
  return Object.assign(receiver, { apiKey, logs, silentlyDropped, truncated });
}

function refused(status: number, title: string, detail: string): Answer {
  const body = JSON.stringify({ errors: [{ status: String(status), title, detail }] });
  return { status, headers: { 'content-type': 'application/json' }, body };
}

function checkKey({ headers }: ReceivedRequest, apiKey: string): Answer | undefined {
  const key = headers['dd-api-key'];
  if (key === undefined) return refused(401, 'Unauthorized', 'API key is missing');
  return key === apiKey ? undefined : refused(403, 'Forbidden', 'API key is invalid');
}

function validate(request: ReceivedRequest, apiKey: string): Answer {
  if (request.headers['dd-api-key'] !== apiKey) return refused(403, 'Forbidden', 'API key is invalid');
  const headers = { 'content-type': 'application/json' };
  return { status: 200, headers, body: '{"valid":true}', store: false };
}
