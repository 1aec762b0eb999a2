import type { GrantexEvent } from '@grantex/core';
import type { JournalReader } from '@grantex/journal-sqlite';
import type { Settings } from '../../settings/settings.js';
import type { ForwarderStatus, SourceStatus } from '../../watching/status.js';
import { readJournal, tellingJournalErrors } from '../journal-access.js';
import { isoTime, parseJson, typeOfEvent } from '../journal-text.js';
import { formatDuration } from '../terminal.js';
import { reasonsForAbsence } from './absence.js';
import type { Explanation, Fate, Reason, SourceExplanation } from './explanation.js';
import { fateOf, type Subject } from './fate.js';

export interface ExplainOptions {
  readonly eventId: string;
  readonly sources: readonly string[];
  /** What the running program says; undefined when none runs. */
  readonly status: ForwarderStatus | undefined;
  /** Unix epoch, milliseconds. */
  readonly now: number;
}

type Known = Pick<Settings, 'sources' | 'journal' | 'destinations'>;

/** Looks for an event in the journals, and says what became of it. */
export function explainEvent(settings: Known, { eventId, sources, status, now }: ExplainOptions): Explanation {
  const explained = sources.map((source) => {
    const present = { now, status: status?.sources[source] };
    return tellingJournalErrors(() => explainInSource(settings, source, eventId, present));
  });
  return { event_id: eventId, known: explained.some(({ state }) => state !== 'unknown'), sources: explained };
}

interface Present {
  readonly now: number;
  readonly status: SourceStatus | undefined;
}

function explainInSource(settings: Known, source: string, id: string, present: Present): SourceExplanation {
  using reader = readJournal(settings, source);
  const unknown = {
    source,
    state: 'unknown',
    position: null,
    received_at: null,
    type: null,
    destinations: [],
  } as const;
  if (reader === undefined) return { ...unknown, reasons: [{ kind: 'no_journal', text: 'it has no journal yet' }] };
  const kept = reader.find(id);
  const place = kept ?? reader.findEarlier(id);
  const letters = reader.deadLettersOf(id);
  if (place === undefined && letters.length === 0) {
    return { ...unknown, reasons: reasonsForAbsence(reader, id, present) };
  }
  const event = parseJson(kept?.text ?? letters[0]?.text ?? '') as GrantexEvent | undefined;
  const subject: Subject = { source, id, position: place?.position, event };
  return {
    source,
    state: kept === undefined ? 'gone' : kept.text === undefined ? 'damaged' : 'kept',
    position: place?.position ?? null,
    received_at: place === undefined ? null : isoTime(place.appendedAt),
    type: typeOfEvent(event) ?? null,
    reasons: kept === undefined ? [whyGone(place !== undefined, settings)] : [],
    destinations: fates(settings, reader, subject, present.status),
  };
}

function whyGone(isRemembered: boolean, { journal }: Known): Reason {
  if (!isRemembered) {
    return { kind: 'dead_letter_only', text: 'when it was received is not known any more: only a dead letter is left' };
  }
  const kept = formatDuration(journal.retainMs);
  const text = `it was deleted: events that no destination needs any more are kept for ${kept}, or shorter where room is short`;
  return { kind: 'removed', text };
}

/** Every destination of the settings, then others that have left something here. */
function fates(
  settings: Known,
  reader: JournalReader,
  subject: Subject,
  status: SourceStatus | undefined,
): readonly Fate[] {
  const { position, id } = subject;
  const cursors = new Map(reader.cursors().map((cursor) => [cursor.name, cursor]));
  const receipts = position === undefined ? [] : reader.receipts(position);
  const letters = new Map(reader.deadLettersOf(id).map((letter) => [letter.destination, letter]));
  const overruns = reader.overruns();
  const ours = new Map(settings.destinations.map((destination) => [destination.name, destination]));
  const names = new Set([
    ...ours.keys(),
    ...cursors.keys(),
    ...receipts.map(({ cursor }) => cursor),
    ...letters.keys(),
  ]);
  return [...names].map((name) =>
    fateOf(reader, subject, {
      name,
      settings: ours.get(name),
      cursor: cursors.get(name),
      receipts: receipts.filter(({ cursor }) => cursor === name),
      deadLetter: letters.get(name),
      overruns: overruns.filter(({ destination }) => destination === name),
      status: status?.destinations[name],
    }),
  );
}
