import type { Clock } from '../clock.js';
import type { Journal } from '../journal/journal.js';
import type { Logger } from '../logger.js';
import type { Selection } from './assembler.js';
import type { DeliveryTarget } from './target.js';

export interface DeliveryParts<Record> {
  readonly target: DeliveryTarget<Record>;
  readonly journal: Journal;
  readonly selection?: Selection;
  /** Where a cursor that is new begins. @defaultValue 'head' */
  readonly from?: 'head' | 'oldest';
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** What a stopped delivery leaves in the journal. */
export interface Remaining {
  readonly destination: string;
  readonly events: number;
  readonly firstId: string;
  readonly lastId: string;
}
