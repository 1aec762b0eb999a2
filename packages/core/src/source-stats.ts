import type { DeliveryStats } from './delivery/delivery-stats.js';
import type { Remaining } from './delivery/delivery-parts.js';
import type { JournalStats } from './journal/journal.js';
import type { IntakeStats } from './stream/intake.js';

/** How `stop()` ends. */
export interface StopOptions {
  /** Milliseconds. @defaultValue 20_000, below the 30 s that orchestrators give a process */
  readonly deadlineMs?: number;
  /** Whether what was received is delivered before the end. @defaultValue true */
  readonly drain?: boolean;
}

/** What `stop()` has left. */
export interface StopReport {
  /** What could not be delivered, destination by destination; empty when everything was. */
  readonly remaining: readonly Remaining[];
}

/** The state of a source at one moment. Holds no secret. */
export interface SourceStats extends IntakeStats {
  /** `heard`: the first byte has come, so that events do. */
  readonly state: 'idle' | 'connecting' | 'heard' | 'stopping' | 'stopped';
  /** Since when the stream has not been heard. Unix epoch, milliseconds; undefined while it is. */
  readonly lostSince: number | undefined;
  readonly journal: JournalStats;
  readonly destinations: Readonly<Record<string, DeliveryStats>>;
}
