import { serviceAddress } from '../../../services/address.ts';
import type { DestinationUnderLoad, PublishedTime, StoredIds } from '../destination-under-load.ts';
import { addressOf } from './needed-address.ts';

const BATCH_SIZE = 1_000;
/** A part of the time for each query: the answer to one for all of it would be too much at once. */
const WINDOW_MS = 20_000;
const QUERY_TIMEOUT_MS = 60_000;
const ID_FIELD = 'grantex.event_id';

/** Datadog's logs intake, as VictoriaLogs has it; read back by LogsQL. Every copy is kept. */
export function datadogUnderLoad(run: string): DestinationUnderLoad {
  const { VICTORIALOGS_URL, VICTORIALOGS_DATADOG_URL } = addressOf('victorialogs', serviceAddress('victorialogs'));

  async function ask(path: string, form: Readonly<Record<string, string>> = {}): Promise<string> {
    const response = await fetch(new URL(path, VICTORIALOGS_URL), {
      method: 'POST',
      body: new URLSearchParams(form),
      signal: AbortSignal.timeout(QUERY_TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`VictoriaLogs answered ${path} with ${response.status}: ${text}`);
    return text;
  }

  return {
    name: 'datadog',
    batchSize: BATCH_SIZE,
    // VictoriaLogs asks for no key; this one has the right form.
    settings: { endpoint: VICTORIALOGS_DATADOG_URL, apiKey: 'f'.repeat(32), service: run, batchSize: BATCH_SIZE },
    async *stored({ from, to }: PublishedTime): AsyncGenerator<StoredIds> {
      await ask('/internal/force_flush'); // otherwise rows are visible about a second later
      for (let start = from; start < to; start += WINDOW_MS) {
        const times = `[${new Date(start).toISOString()}, ${new Date(Math.min(start + WINDOW_MS, to)).toISOString()})`;
        const query = `_time:${times} service:=${JSON.stringify(run)} | fields ${JSON.stringify(ID_FIELD)}`;
        const rows = (await ask('/select/logsql/query', { query, timeout: `${QUERY_TIMEOUT_MS}ms` })).split('\n');
        const ids = rows
          .filter((row) => row !== '')
          .map((row) => (JSON.parse(row) as Record<string, string>)[ID_FIELD]);
        yield { ids: ids.map((id) => id ?? 'none') };
      }
    },
    async discard() {}, // It deletes by retention only; `pnpm services reset` takes all away.
  };
}
