import { systemClock } from '../../packages/core/src/clock.ts';
import { BatchAssembler } from '../../packages/core/src/delivery/assembler.ts';
import { EventRecord } from '../../packages/core/src/journal/event-record.ts';
import { MemoryJournal } from '../../packages/core/src/journal/memory-journal.ts';
import type { Task } from '../harness/time-tasks.ts';
import { EVENTS, texts } from './texts.ts';

const SILENT = { onOverrun: () => {}, onFilling: () => {} };
const events = texts.map((text) => ({ id: (JSON.parse(text) as { id: string }).id, text }));

/** From records in a journal to full batches, with a destination that sends the text as it is. */
function fitting(name: string, limits: { maxEvents: number; maxBytes: number }): Task {
  return {
    name,
    events: EVENTS,
    async run() {
      const journal = new MemoryJournal();
      await journal.open(SILENT);
      const cursor = await journal.openCursor('fitting', { onReadable: () => {} });
      await journal.append(events.map(({ id, text }) => new EventRecord(id, text)));
      const assembler = new BatchAssembler<string>({
        target: {
          name: 'fitting',
          limits,
          flushIntervalMs: 0,
          timeoutMs: 1_000,
          concurrency: 1,
          backoff: { initialMs: 1, maxMs: 1, holdMs: 1, maxHoldMs: 1 },
          sizeOf: (record) => Buffer.byteLength(record),
          encode: (_event, text) => text,
          sendBatch: () => Promise.reject(new Error('nothing is sent here')),
          redact: (text) => text,
        },
        cursor,
        selection: {},
        clock: systemClock,
        onFiltered: async () => {},
        onUnsendable: async () => {},
      });
      let batch = await assembler.takeNow();
      while (batch !== undefined) batch = await assembler.takeNow();
    },
  };
}

export const batchFitting: readonly Task[] = [
  fitting('by count: 100 events', { maxEvents: 100, maxBytes: 5_000_000 }),
  fitting('by bytes: 32 KiB', { maxEvents: 1_000, maxBytes: 32_768 }),
];
