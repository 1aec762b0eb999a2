import { describe, expect, test } from 'vitest';
import { fullAt100, START } from './full-journal.js';
import { ids, QUIET, readAndSettle, RECORD_BYTES, records } from './records.js';

describe("whenFull: 'block'", () => {
  test('waits at most blockMs, and then moves the slowest on', async () => {
    const { clock, journal, append } = await fullAt100({ whenFull: 'block', blockMs: 30_000 });
    await journal.openCursor('dead', QUIET);
    await append(100);
    let done = false;
    const appending = append(1).then(() => (done = true));
    await clock.advance(29_999);
    expect([done, journal.stats().head]).toEqual([false, 100]);
    await clock.advance(1);
    await appending;
    expect(journal.stats().overruns).toMatchObject([{ firstId: 'e1', count: 5, firstAt: START + 30_000 }]);
    expect(clock.waiting.count).toBe(0);
  });

  test('goes on at once when there is room', async () => {
    const { clock, journal, append } = await fullAt100({ whenFull: 'block' });
    const cursor = await journal.openCursor('a', QUIET);
    await append(100);
    const appending = append(1);
    await clock.advance(1_000);
    await readAndSettle(cursor, 1);
    await appending;
    expect([clock.now() - START, clock.waiting.count, journal.stats().overruns]).toEqual([1_000, 0, []]);
    expect(await readAndSettle(cursor)).toEqual(ids(2, 101));
  });

  test('also when a cursor that stood in the way is dropped', async () => {
    const { clock, journal, append } = await fullAt100({ whenFull: 'block' });
    await journal.openCursor('dead', QUIET);
    await append(100);
    const appending = append(1);
    await clock.settle();
    await journal.dropCursor('dead');
    await appending;
    expect(journal.stats().head).toBe(101);
  });

  test('those who wait go on in the order in which they came, and the limit holds', async () => {
    const { clock, journal, append } = await fullAt100({ whenFull: 'block' });
    const cursor = await journal.openCursor('a', QUIET);
    await append(100);
    const waiting = [journal.append(records(3, 101)), journal.append(records(1, 104)), journal.append(records(2, 105))];
    await clock.settle();
    const read: string[] = [];
    for (let step = 0; step < 106; step++) {
      read.push(...(await readAndSettle(cursor, 1)));
      await clock.settle();
      expect(journal.stats().bytes).toBeLessThanOrEqual(100 * RECORD_BYTES);
    }
    await Promise.all(waiting);
    expect(read).toEqual(ids(1, 106));
  });

  test('an append that waits is refused when the journal is closed', async () => {
    const { clock, journal, append } = await fullAt100({ whenFull: 'block' });
    await journal.openCursor('dead', QUIET);
    await append(100);
    const refused = append(1).catch((error: unknown) => error);
    await clock.settle();
    await journal.close();
    expect(await refused).toMatchObject({ code: 'JOURNAL_CLOSED' });
    expect([journal.stats().head, clock.waiting.count]).toEqual([100, 0]);
  });
});
