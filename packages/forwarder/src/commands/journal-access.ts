import { existsSync } from 'node:fs';
import { GrantexError } from '@grantex/core';
import { JournalReader, SqliteJournal } from '@grantex/journal-sqlite';
import { CommandFailure, EXIT } from '../exit-codes.js';
import { journalFile } from '../settings/journal-file.js';
import type { Settings } from '../settings/settings.js';

type JournalOwner = Pick<Settings, 'sources' | 'journal'>;

/** The names of the sources: that one, or all. */
export function chosenSources({ sources }: Pick<Settings, 'sources'>, chosen?: string): readonly string[] {
  const names = sources.map(({ name }) => name);
  if (chosen === undefined) return names;
  if (names.includes(chosen)) return [chosen];
  throw new CommandFailure(`there is no source "${chosen}"; the settings have ${names.join(', ')}`, EXIT.usage);
}

/** For what one source only can be meant by: numbers of dead letters, positions. */
export function oneSource(settings: Pick<Settings, 'sources'>, chosen: string | undefined): string {
  const [name, ...others] = chosenSources(settings, chosen);
  if (name !== undefined && others.length === 0) return name;
  const names = [name, ...others].join(', ');
  throw new CommandFailure(`each source counts for itself: say which one with --source (${names})`, EXIT.usage);
}

/** A journal to look into, also while the program runs. Undefined when the source has none yet. */
export function readJournal({ journal }: JournalOwner, source: string): JournalReader | undefined {
  refuseMemory({ journal });
  const path = journalFile(journal, source);
  if (!existsSync(path)) return undefined;
  return tellingJournalErrors(() => new JournalReader(path));
}

/** The same where there has to be one. */
export function needJournal(settings: JournalOwner, source: string): JournalReader {
  const reader = readJournal(settings, source);
  if (reader !== undefined) return reader;
  const path = journalFile(settings.journal, source);
  throw new CommandFailure(`the source "${source}" has no journal yet: ${path} is made by "grantex-forwarder run"`);
}

/** Opens the journal to change it. Only while the program does not run: it takes the lock. */
export async function writeJournal(settings: JournalOwner, source: string): Promise<SqliteJournal> {
  needJournal(settings, source)[Symbol.dispose](); // Opened for writing it would be made.
  const { maxBytes, whenFull, retainMs, maxDeadLetters } = settings.journal;
  const path = journalFile(settings.journal, source);
  const journal = new SqliteJournal({ path, maxBytes, whenFull, retainMs, maxDeadLetters });
  try {
    await journal.open({ onOverrun: () => {}, onFilling: () => {} });
    return journal;
  } catch (error) {
    throw tellJournalError(error);
  }
}

/** Whatever the journal refuses is told in one line, with its exit code. */
export function tellingJournalErrors<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw tellJournalError(error);
  }
}

function tellJournalError(error: unknown): unknown {
  if (!(error instanceof GrantexError)) return error;
  return new CommandFailure(error.message, error.code === 'JOURNAL_LOCKED' ? EXIT.locked : EXIT.failed);
}

function refuseMemory({ journal }: Pick<Settings, 'journal'>): void {
  if (journal.type !== 'memory') return;
  throw new CommandFailure('the journal is in memory ("journal.type: memory"): there is no file to look into');
}
