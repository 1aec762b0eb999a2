import { ManualClock } from '@grantex/testing';
import { MemoryJournal } from '../../src/index.js';
import { RECORD_BYTES, RecordingObserver, records } from './records.js';

export const START = Date.UTC(2026, 2, 1, 12);

/** A journal for 100 events of the tests' size. At its limit it makes room for 5 at once. */
export async function fullAt100(options: { whenFull?: 'overrun' | 'block'; blockMs?: number } = {}) {
  const clock = new ManualClock(START);
  const journal = new MemoryJournal({ maxBytes: 100 * RECORD_BYTES, clock, ...options });
  const observer = new RecordingObserver();
  await journal.open(observer);
  let next = 1;
  /** Appends so many events, each as a group of its own. */
  const append = async (count: number) => {
    for (let left = count; left > 0; left--) await journal.append(records(1, next++));
  };
  return { clock, journal, observer, append };
}
