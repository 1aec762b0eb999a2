import { serviceAddress } from '../../../services/address.ts';
import type { DestinationUnderLoad, PublishedTime, StoredIds } from '../destination-under-load.ts';
import { addressOf } from './needed-address.ts';

const BATCH_SIZE = 1_000;
/** `max_entries_limit_per_query` of Loki. */
const MOST_ENTRIES = 5_000;
/** So many are expected in a part of the time, which leaves room for a burst. */
const ENTRIES_ASKED = 3_000;
/**
 * So much earlier each query begins, and what is from before its time is left out: of the entries that have exactly the time at
 * which a query begins, Loki 3.7 can leave some out, which a query that begins earlier finds (7 of 3,000,000, always the same).
 */
const OVERLAP_MS = 50;
const QUERY_TIMEOUT_MS = 60_000;

interface QueryResult {
  readonly data: { readonly result: readonly { readonly values: readonly (readonly [string, string])[] }[] };
}

/** Loki, read back by LogQL. It keeps one of several copies that are the same. */
export function lokiUnderLoad(run: string): DestinationUnderLoad {
  const { LOKI_URL } = addressOf('loki', serviceAddress('loki'));
  // The id alone: with its metadata each entry would be a stream of its own in the answer.
  const query = `{run="${run}"} | line_format "{{.event_id}}" | keep run`;

  async function* between(start: number, end: number): AsyncGenerator<StoredIds> {
    const url = new URL('/loki/api/v1/query_range', LOKI_URL);
    const times = { start: nanoseconds(start - OVERLAP_MS), end: nanoseconds(end) };
    url.search = new URLSearchParams({ query, ...times, limit: String(MOST_ENTRIES), direction: 'forward' }).toString();
    const response = await fetch(url, { signal: AbortSignal.timeout(QUERY_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`Loki answered a query with ${response.status}: ${await response.text()}`);
    const { data } = (await response.json()) as QueryResult;
    const entries = data.result.flatMap(({ values }) => values);
    if (entries.length < MOST_ENTRIES) {
      const from = BigInt(nanoseconds(start));
      return yield { ids: entries.filter(([time]) => BigInt(time) >= from).map(([, id]) => id) };
    }
    // There may be more: half of the time each.
    const middle = Math.floor((start + end) / 2);
    if (middle === start) throw new Error(`Loki has ${MOST_ENTRIES} entries or more in one millisecond`);
    yield* between(start, middle);
    yield* between(middle, end);
  }

  return {
    name: 'loki',
    batchSize: BATCH_SIZE,
    settings: { url: LOKI_URL, labels: { run }, batchSize: BATCH_SIZE },
    async *stored({ from, to, eventsPerSecond }: PublishedTime): AsyncGenerator<StoredIds> {
      const windowMs = Math.max(Math.floor((ENTRIES_ASKED * 1_000) / eventsPerSecond), 1);
      for (let start = from; start < to; start += windowMs) yield* between(start, Math.min(start + windowMs, to));
    },
    async discard() {}, // It deletes by retention only; `pnpm services reset` takes all away.
  };
}

function nanoseconds(ms: number): string {
  return String(BigInt(ms) * 1_000_000n);
}
