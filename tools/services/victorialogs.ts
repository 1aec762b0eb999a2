/** VictoriaLogs' query API, as far as tests need it: what was stored is read back. */
import { serviceAddress } from './address.ts';

/** A row, without what the server adds to it. */
export interface StoredLog {
  /** As it was sent. */
  readonly message: string;
  /** Unix epoch, milliseconds. */
  readonly time: number;
  /** Tags of Datadog's `ddtags` are fields of their own; empty fields are left out. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Every row with this `service`, in the order of time. A row that was stored twice is there twice. */
export async function storedLogs(service: string): Promise<StoredLog[]> {
  await call('/internal/force_flush'); // otherwise rows are visible about a second later
  const form = new URLSearchParams({ query: `service:=${JSON.stringify(service)}` });
  const rows = await call('/select/logsql/query', form);
  return rows
    .split('\n')
    .filter((row) => row !== '')
    .map(parseRow)
    .toSorted((one, other) => one.time - other.time);
}

function parseRow(row: string): StoredLog {
  const { _msg: message, _time: time, _stream, _stream_id, ...fields } = JSON.parse(row) as Record<string, string>;
  return { message: message ?? '', time: Date.parse(time ?? ''), fields };
}

async function call(path: string, form?: URLSearchParams): Promise<string> {
  const address = serviceAddress('victorialogs');
  if (address === undefined) throw new Error('victorialogs does not run; start it with: pnpm services up victorialogs');
  const response = await fetch(new URL(path, address.VICTORIALOGS_URL), {
    ...(form !== undefined && { method: 'POST', body: form }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`VictoriaLogs answered ${path} with ${response.status}: ${text}`);
  return text;
}
