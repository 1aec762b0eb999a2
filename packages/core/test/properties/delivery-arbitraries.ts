import * as fc from 'fast-check';
import { EventRecord } from '../../src/journal/event-record.js';
import type { BatchLimits } from '../../src/delivery/target.js';

/** What becomes of an event on its way into a batch. */
export interface Fate {
  /** Bytes of its record. */
  readonly size: number;
  readonly partition: string;
  readonly kind: 'sent' | 'filtered out' | 'not encodable';
}

function fateOf(partition: fc.Arbitrary<string>): fc.Arbitrary<Fate> {
  return fc.record({
    size: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 12 }) }, { weight: 1, arbitrary: fc.nat(120) }),
    partition,
    kind: fc.oneof(
      { weight: 8, arbitrary: fc.constant('sent' as const) },
      { weight: 1, arbitrary: fc.constantFrom('filtered out' as const, 'not encodable' as const) },
    ),
  });
}

/** Events of a few partitions. */
export const fates = fc.array(fateOf(fc.constantFrom('', 'a', 'b')), { maxLength: 80, size: 'max' });

/** Events of more partitions than are filled side by side (64). */
export const scatteredFates = fc.array(fateOf(fc.nat(99).map(String)), { minLength: 100, maxLength: 300, size: 'max' });

/** Small limits, so that every one of them is met. */
export const limits: fc.Arbitrary<BatchLimits> = fc.record(
  {
    maxEvents: fc.integer({ min: 1, max: 9 }),
    maxBytes: fc.integer({ min: 12, max: 80 }),
    maxEventBytes: fc.integer({ min: 0, max: 100 }),
    batchOverheadBytes: fc.nat(6),
    eventOverheadBytes: fc.nat(6),
  },
  { requiredKeys: ['maxEvents', 'maxBytes'] },
);

/** Sizes of the groups in which something is appended; they are used over and over. */
export const groupSizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });

/** An event that carries its own fate. */
export function recordOf(fate: Fate, index: number): EventRecord {
  const id = `evt_${index}`;
  const event = { id, type: 'test', createdAt: '2026-03-01T12:00:00.000Z', data: fate };
  return new EventRecord(id, JSON.stringify(event));
}

/** The list cut into groups of these sizes. */
export function inGroups<Item>(items: readonly Item[], sizes: readonly number[]): Item[][] {
  const groups: Item[][] = [];
  for (let start = 0, turn = 0; start < items.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    groups.push(items.slice(start, start + size));
    start += size;
  }
  return groups;
}
