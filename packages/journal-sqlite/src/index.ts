export { JournalReader, type StoredCursor, type StoredEvent } from './journal-reader.js';
export type { SqliteJournalOptions } from './options.js';
export { SqliteJournal, type SqliteJournalStats } from './sqlite-journal.js';
