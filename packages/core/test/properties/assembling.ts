import { ManualClock } from '@grantex/testing';
import { DEFAULT_BACKOFF } from '../../src/backoff.js';
import { BatchAssembler } from '../../src/delivery/assembler.js';
import type { Batch, BatchItem } from '../../src/delivery/batch.js';
import type { BatchLimits, DeliveryTarget } from '../../src/delivery/target.js';
import { accepted } from '../../src/delivery/verdict.js';
import { MemoryJournal } from '../../src/journal/memory-journal.js';
import type { Fate } from './delivery-arbitraries.js';

/** A record that is nothing but its size. */
export interface Sized {
  readonly bytes: number;
}

/** An assembler over a journal in memory, and what it has filtered out and given up so far. */
export async function assemble(limits: BatchLimits, concurrency: number, flushIntervalMs = 1_000) {
  const journal = new MemoryJournal();
  const clock = new ManualClock();
  const filtered: number[] = [];
  const unsendable: { position: number; code: string }[] = [];
  const cursor = await journal.openCursor('sized', { onReadable: () => {} });
  const assembler = new BatchAssembler<Sized>({
    target: sizedTarget(limits, concurrency, flushIntervalMs),
    cursor,
    clock,
    selection: { filter: ({ data }) => fateOf(data).kind !== 'filtered out' },
    onFiltered: async (settled) => {
      for (const [first, last] of settled) for (let at = first; at <= last; at++) filtered.push(at);
    },
    onUnsendable: async (all) => {
      for (const { position, refusal } of all) unsendable.push({ position, code: refusal.code });
    },
  });
  return { journal, clock, assembler, filtered, unsendable };
}

/** What a batch takes in a request, from the words of {@link BatchLimits}: its records, and what the request adds. */
export function requestBytes(items: readonly BatchItem<Sized>[], limits: BatchLimits): number {
  const { batchOverheadBytes = 2, eventOverheadBytes = 1 } = limits;
  return items.reduce((sum, { record }) => sum + record.bytes + eventOverheadBytes, batchOverheadBytes);
}

/** Where each event ended, by position: the oracle for `filtered`, `unsendable` and the batches together. */
export function expectedEnds(fates: readonly Fate[], { maxBytes, maxEventBytes = maxBytes }: BatchLimits) {
  const ends = {
    filtered: [] as number[],
    unsendable: [] as { position: number; code: string }[],
    sent: [] as number[],
  };
  for (const [index, { kind, size }] of fates.entries()) {
    const position = index + 1;
    if (kind === 'filtered out') ends.filtered.push(position);
    else if (kind === 'not encodable') ends.unsendable.push({ position, code: 'DEST_REJECTED' });
    else if (size > maxEventBytes) ends.unsendable.push({ position, code: 'DEST_TOO_LARGE' });
    else ends.sent.push(position);
  }
  return ends;
}

/** Positions of the batches' events, partition by partition, each in the order in which they were handed out. */
export function byPartition(batches: readonly Batch<Sized>[]): Map<string, Batch<Sized>[]> {
  return Map.groupBy(batches, ({ items: [first] }) => first?.partition ?? 'none');
}

function sizedTarget(limits: BatchLimits, concurrency: number, flushIntervalMs: number): DeliveryTarget<Sized> {
  return {
    name: 'sized',
    limits,
    flushIntervalMs,
    concurrency,
    timeoutMs: 1_000,
    backoff: DEFAULT_BACKOFF,
    encode: ({ data }) => {
      const { kind, size } = fateOf(data);
      if (kind === 'not encodable') throw new Error('as it was told to');
      return { bytes: size };
    },
    sizeOf: ({ bytes }) => bytes,
    partition: ({ data }) => fateOf(data).partition,
    sendBatch: async () => accepted(),
    redact: (text) => text,
  };
}

function fateOf(data: object): Fate {
  return data as Fate;
}
