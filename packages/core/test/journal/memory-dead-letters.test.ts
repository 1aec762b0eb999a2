import { describe, expect, test } from 'vitest';
import { MemoryJournal, type NewDeadLetter } from '../../src/index.js';
import { MemoryDeadLetters } from '../../src/journal/memory-dead-letters.js';
import { idsOf, QUIET, RECORD_BYTES, records } from './records.js';

function letter(eventId: string, text = eventId): NewDeadLetter {
  const at = Date.UTC(2026, 2, 1, 12);
  return { destination: 'a', eventId, text, code: 'DEST_REJECTED', reason: 'no', attempts: 1, firstAt: at, lastAt: at };
}

function frame(text: string): NewDeadLetter {
  const { eventId: _, ...rest } = letter(text);
  return { ...rest, destination: 'stream', code: 'NOT_AN_EVENT', attempts: 0 };
}

async function journalWithDeadLetters(count: number, maxDeadLetters: number) {
  const journal = new MemoryJournal({ maxDeadLetters });
  const cursor = await journal.openCursor('a', QUIET);
  await journal.append(records(10));
  await cursor.read(10);
  const deadLetters = records(count).map(({ id }) => letter(id));
  if (count > 0) await cursor.commit({ settled: [[1, count]], deadLetters });
  return { journal, cursor };
}

describe('the list', () => {
  test('is oldest first, by numbers that rise by one', async () => {
    const letters = new MemoryDeadLetters(10, 1_000);
    letters.addAll([letter('e1'), letter('e2')]);
    await letters.addFrame(frame('junk'));
    letters.addAll([letter('e3')]);
    expect((await letters.list()).map(({ number, text }) => [number, text])).toEqual([
      [1, 'e1'],
      [2, 'e2'],
      [3, 'junk'],
      [4, 'e3'],
    ]);
    expect(await letters.list({ after: 3 })).toEqual([{ ...letter('e3'), number: 4 }]);
  });

  test('gives 100 at a time unless told otherwise, and goes on after a number', async () => {
    const letters = new MemoryDeadLetters(1_000, 100_000);
    letters.addAll(records(250).map(({ id }) => letter(id)));
    expect(await letters.list()).toHaveLength(100);
    expect(await letters.list({ after: 200 })).toHaveLength(50);
    expect((await letters.list({ after: 7, limit: 2 })).map(({ number }) => number)).toEqual([8, 9]);
  });

  test('loses what is removed, and says how many that were; numbers are not given again', async () => {
    const letters = new MemoryDeadLetters(10, 1_000);
    letters.addAll([letter('e1'), letter('e2')]);
    await letters.addFrame(frame('junk'));
    expect(await letters.remove([1, 3, 3, 99])).toBe(2);
    expect(letters.size).toBe(1);
    letters.addAll([letter('e4')]);
    expect((await letters.list()).map(({ number }) => number)).toEqual([2, 4]);
  });
});

describe('events at the bound', () => {
  test('are refused, all of them or none', async () => {
    const letters = new MemoryDeadLetters(3, 1_000);
    letters.addAll([letter('e1'), letter('e2')]);
    expect(() => letters.addAll([letter('e3'), letter('e4')])).toThrow(
      expect.objectContaining({ code: 'JOURNAL_DEAD_LETTERS_FULL' }),
    );
    expect((await letters.list()).map(({ eventId }) => eventId)).toEqual(['e1', 'e2']);
    letters.addAll([letter('e3')]);
    expect(letters.size).toBe(3);
  });

  test('are refused at the bound of bytes as well, and taken again when there is room', async () => {
    const letters = new MemoryDeadLetters(1_000, 100);
    letters.addAll([letter('e1', 'x'.repeat(60))]);
    expect(() => letters.addAll([letter('e2', 'x'.repeat(41))])).toThrow(/dead letters/);
    letters.addAll([letter('e3', 'x'.repeat(40))]);
    await letters.remove([1]);
    letters.addAll([letter('e2', 'x'.repeat(60))]);
    expect(letters.size).toBe(2);
  });

  test('make the commit reject, which then changes nothing at all', async () => {
    const { journal, cursor } = await journalWithDeadLetters(2, 2);
    await cursor.commit({ open: { id: 4, ranges: [[4, 4]], state: 'before' } });
    const before = { below: cursor.settledBelow, lag: cursor.lag, open: cursor.openBatches, stats: journal.stats() };
    const change = {
      settled: [[3, 5]] as const,
      deadLetters: [letter('e3')],
      open: { id: 6, ranges: [[6, 7]], state: 'new' },
      close: 4,
    } as const;
    await expect(cursor.commit(change)).rejects.toMatchObject({ code: 'JOURNAL_DEAD_LETTERS_FULL' });
    expect({ below: cursor.settledBelow, lag: cursor.lag, open: cursor.openBatches, stats: journal.stats() }).toEqual(
      before,
    );
    expect((await journal.deadLetters.list()).map(({ eventId }) => eventId)).toEqual(['e1', 'e2']);
    expect(idsOf(await cursor.readRanges([[3, 5]]))).toEqual(['e3', 'e4', 'e5']);
  });

  test('can be settled by the same commit once somebody has made room', async () => {
    const { journal, cursor } = await journalWithDeadLetters(2, 2);
    await journal.deadLetters.remove([1]);
    await cursor.commit({ settled: [[3, 10]], deadLetters: [letter('e3')] });
    expect([cursor.lag, journal.stats().deadLetters, journal.stats().bytes]).toEqual([0, 2, 0]);
  });

  test('do not keep other commits from being made', async () => {
    const { journal, cursor } = await journalWithDeadLetters(2, 2);
    await cursor.commit({ settled: [[3, 10]] });
    expect([cursor.lag, journal.stats().bytes]).toEqual([0, 0]);
  });
});

describe('frames that are no events', () => {
  test('replace the oldest frame, never an event', async () => {
    const letters = new MemoryDeadLetters(100, 1_000_000);
    letters.addAll([letter('e1'), letter('e2')]);
    for (let count = 1; count <= 50; count++) await letters.addFrame(frame(`junk ${count}`));
    const texts = (await letters.list()).map(({ text }) => text);
    expect(texts.slice(0, 2)).toEqual(['e1', 'e2']);
    expect(texts.slice(2)).toEqual(Array.from({ length: 10 }, (_, index) => `junk ${index + 41}`));
  });

  test('are bounded in bytes, and the newest one is kept in any case', async () => {
    const letters = new MemoryDeadLetters(1_000, 1_000);
    for (let count = 1; count <= 20; count++) await letters.addFrame(frame(`${count}`.padEnd(40, 'x')));
    expect((await letters.list()).map(({ text }) => Number.parseInt(text, 10))).toEqual([19, 20]);
    await letters.addFrame(frame('y'.repeat(900)));
    expect((await letters.list()).map(({ text }) => text[0])).toEqual(['y']);
  });

  test('never fill the place of events: a flood of them refuses no event', async () => {
    const letters = new MemoryDeadLetters(100, 1_000_000);
    for (let count = 0; count < 10_000; count++) await letters.addFrame(frame('junk'));
    letters.addAll(records(90).map(({ id }) => letter(id)));
    expect(letters.size).toBe(100);
  });

  test('are bounded when there is no room left for events, too', async () => {
    const letters = new MemoryDeadLetters(100, 1_000_000);
    letters.addAll(records(100).map(({ id }) => letter(id)));
    for (let count = 0; count < 1_000; count++) await letters.addFrame(frame('junk'));
    expect(letters.size).toBeLessThanOrEqual(110);
    expect((await letters.list({ limit: 1_000 })).filter(({ destination }) => destination === 'a')).toHaveLength(100);
  });

  test('are told from the events of a destination that somebody has named "stream"', async () => {
    const letters = new MemoryDeadLetters(100, 1_000);
    for (let round = 0; round < 20; round++) {
      letters.addAll([{ ...letter('e1', 'x'.repeat(100)), destination: 'stream' }]);
      await letters.remove([(await letters.list()).at(-1)?.number ?? 0]);
    }
    for (let count = 0; count < 20; count++) await letters.addFrame(frame('x'.repeat(50)));
    expect(letters.size).toBe(2);
  });
});

test('a journal counts its dead letters, and they outlive the events', async () => {
  const { journal, cursor } = await journalWithDeadLetters(3, 10);
  expect(journal.stats()).toMatchObject({ deadLetters: 3, bytes: 10 * RECORD_BYTES });
  await cursor.commit({ settled: [[4, 10]] });
  expect(journal.stats()).toMatchObject({ deadLetters: 3, bytes: 0 });
});
