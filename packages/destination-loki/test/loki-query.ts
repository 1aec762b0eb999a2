/** Loki's query API, as far as tests need it: what was stored is read back. */
import { serviceAddress } from '../../../tools/services/address.js';

/** One entry as Loki has it. */
export interface StoredEntry {
  /** Unix epoch, nanoseconds. */
  readonly time: string;
  readonly line: string;
  /** The labels of the stream and the structured metadata; those that Loki adds itself are left out. */
  readonly fields: Readonly<Record<string, string>>;
}

/** `max_entries_limit_per_query` of Loki. */
const MOST_ENTRIES = 5_000;
const HOUR_MS = 3_600_000;

interface QueryResult {
  readonly data: {
    readonly result: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [string, string])[];
    }[];
  };
}

/**
 * Every entry that the query of LogQL finds, in the order of time; one that was stored twice is there twice. From an hour ago to an
 * hour ahead, unless another moment (milliseconds) is given.
 */
export async function storedEntries(query: string, around = Date.now()): Promise<StoredEntry[]> {
  return entriesBetween(query, BigInt(around - HOUR_MS) * 1_000_000n, BigInt(around + HOUR_MS) * 1_000_000n);
}

async function entriesBetween(query: string, start: bigint, end: bigint): Promise<StoredEntry[]> {
  const url = new URL('/loki/api/v1/query_range', lokiUrl());
  url.search = new URLSearchParams({
    query,
    start: String(start),
    end: String(end),
    limit: String(MOST_ENTRIES),
    direction: 'forward',
  }).toString();
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  if (!response.ok) throw new Error(`Loki answered a query with ${response.status}: ${await response.text()}`);
  const { data } = (await response.json()) as QueryResult;
  const entries = data.result.flatMap(({ stream, values }) => {
    const { detected_level: _level, ...fields } = stream;
    return values.map(([time, line]) => ({ time, line, fields }));
  });
  if (entries.length < MOST_ENTRIES)
    return entries.toSorted((one, other) => Number(BigInt(one.time) - BigInt(other.time)));
  // There may be more: half of the time each.
  const middle = (start + end) / 2n;
  return [...(await entriesBetween(query, start, middle)), ...(await entriesBetween(query, middle, end))];
}

/** Makes entries of more than three hours ago visible. */
export async function flushLoki(): Promise<void> {
  const response = await fetch(new URL('/flush', lokiUrl()), { method: 'POST', signal: AbortSignal.timeout(20_000) });
  if (!response.ok) throw new Error(`Loki answered a flush with ${response.status}`);
}

function lokiUrl(): string {
  const address = serviceAddress('loki');
  if (address === undefined) throw new Error('loki does not run; start it with: pnpm services up loki');
  return address.LOKI_URL;
}
