import type { JournalScene } from './journal-scene.js';
import type { JournalCapability, JournalSubjectOptions } from './journal-subject.js';

/** One thing that a journal promises, and how it is proven. */
export interface JournalPromise {
  /** What is promised: the test's name. */
  readonly name: string;
  readonly needs?: readonly JournalCapability[];
  readonly options?: Partial<Omit<JournalSubjectOptions, 'clock'>>;
  /** Rejects when the promise is not kept. */
  prove(scene: JournalScene): Promise<void>;
}
