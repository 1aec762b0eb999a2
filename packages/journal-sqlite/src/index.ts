export {
  JournalReader,
  type FoundEvent,
  type StoredCursor,
  type StoredEvent,
  type StoredPlace,
  type StoredReceipt,
} from './journal-reader.js';
export type { CursorSummary, JournalSummary } from './journal-summary.js';
export type { SqliteJournalOptions } from './options.js';
export { SqliteJournal, type SqliteJournalStats } from './sqlite-journal.js';
export { isSound, type JournalDamage, type VerifyProgress } from './verify-journal.js';
