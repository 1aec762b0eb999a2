import { once } from 'node:events';
import type { Settings } from '../settings/settings.js';
import type { CommandContext } from './context.js';
import { needJournal, oneSource, tellingJournalErrors } from './journal-access.js';
import { isoTime, parseJson } from './journal-text.js';

export interface PrintEventsOptions {
  readonly source?: string;
  readonly from?: number;
  readonly limit?: number;
}

/** A line of JSON for each event that the journal keeps, oldest first. */
export async function printEvents(
  settings: Pick<Settings, 'sources' | 'journal'>,
  { source, from, limit = Infinity }: PrintEventsOptions,
  { stdout, signal }: Pick<CommandContext, 'stdout' | 'signal'>,
): Promise<void> {
  using reader = needJournal(settings, oneSource(settings, source));
  const events = reader.events(from);
  for (let printed = 0; printed < limit && !signal.aborted; printed++) {
    const next = tellingJournalErrors(() => events.next());
    if (next.done === true) return;
    const { position, appendedAt, text } = next.value;
    const line = JSON.stringify({ position, received_at: isoTime(appendedAt), event: parseJson(text) ?? text });
    if (!stdout.write(`${line}\n`)) await once(stdout, 'drain', { signal }).catch(() => {});
  }
}
