/** One entry of a request to the log intake. */
export interface DatadogLog {
  /** The event's id, undefined when there is none to be found. */
  readonly id: string | undefined;
  /** Unix milliseconds that Datadog takes as the log's date; undefined when the entry names none: then receipt counts. */
  readonly timestamp: number | undefined;
  readonly entry: Readonly<Record<string, unknown>>;
}

/** Names that Datadog reads a date from, from "Log pipelines" in its documentation. */
const DATE_NAMES = ['@timestamp', 'timestamp', '_timestamp', 'Timestamp', 'eventTime', 'date', 'published_date'];

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function eventIn(message: unknown): Record<string, unknown> {
  if (typeof message !== 'string' || !message.startsWith('{')) return {};
  try {
    const event: unknown = JSON.parse(message);
    return isRecord(event) ? event : {};
  } catch {
    // A sentence that happens to begin with a brace.
    return {};
  }
}

function idOf(entry: Record<string, unknown>, message: Record<string, unknown>): string | undefined {
  const { event, grantex } = entry;
  const nested = isRecord(event) ? event['id'] : undefined;
  const ofGrantex = isRecord(grantex) ? (grantex['id'] ?? grantex['event_id']) : undefined;
  const candidates = [message['id'], nested, entry['event.id'], ofGrantex, entry['id']];
  return candidates.find((candidate): candidate is string => typeof candidate === 'string');
}

/** Official date: an attribute of the entry, or of the JSON in its message, which Datadog merges into the entry. */
function timestampOf(...sources: readonly Record<string, unknown>[]): number | undefined {
  for (const source of sources) {
    for (const name of DATE_NAMES) {
      const value = source[name];
      if (typeof value === 'number') return value;
      const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
      if (!Number.isNaN(time)) return time;
    }
  }
  return undefined;
}

/** The entries of a body: an array of objects, or one object. Undefined for anything else. */
export function readLogs(body: Buffer): DatadogLog[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    // Malformed: the intake answers 400.
    return undefined;
  }
  const entries: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  if (!entries.every(isRecord)) return undefined;
  return entries.map((entry) => {
    const message = eventIn(entry['message']);
    return { id: idOf(entry, message), timestamp: timestampOf(entry, message), entry };
  });
}
