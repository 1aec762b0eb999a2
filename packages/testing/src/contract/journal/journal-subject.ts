import type { Clock, Journal } from '@grantex/core';

/** A journal under test and what it is stored in. Made afresh for each test and disposed of at its end. */
export interface JournalSubject extends AsyncDisposable {
  /** Makes the journal, which the suite then opens. Called once, before everything else. */
  journal(options: JournalSubjectOptions): Journal | Promise<Journal>;
  /**
   * The process dies without a word, and another one makes its journal on the same storage: only what the first one had
   * promised is there. For durable journals.
   */
  crash?(options: JournalSubjectOptions): Journal | Promise<Journal>;
  /** Changes some bytes of an event in the storage of a journal that was closed. For journals that check what they read. */
  damage?(): void | Promise<void>;
}

/** What a journal of this kind can be told. Those that it has not are left alone; see {@link JournalCapability}. */
export interface JournalSubjectOptions {
  readonly maxBytes: number;
  readonly whenFull: 'overrun' | 'block';
  readonly blockMs: number;
  readonly maxDeadLetters: number;
  /** Stands still unless the suite moves it. */
  readonly clock: Clock;
}

/** What a journal may have or not; the tests that need what is missing are left out. */
export type JournalCapability =
  /** What was appended and committed is there after a crash. */
  | 'durable'
  /** It sees that its storage was damaged. */
  | 'checksum'
  /** `whenFull: 'block'` */
  | 'block';

/** Makes a journal with a storage of its own, for one test. */
export type JournalSubjectSetup = () => Promise<JournalSubject>;
