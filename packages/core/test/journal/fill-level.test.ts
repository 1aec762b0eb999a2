import { expect, test } from 'vitest';
import { MemoryJournal } from '../../src/index.js';
import { ManualClock } from '@grantex/testing';
import { QUIET, readAndSettle, RECORD_BYTES, RecordingObserver, records } from './records.js';

async function fullAt100() {
  const clock = new ManualClock();
  const journal = new MemoryJournal({ maxBytes: 100 * RECORD_BYTES, clock });
  const observer = new RecordingObserver();
  await journal.open(observer);
  /** One event a second. */
  const fill = async (count: number) => {
    for (let left = count; left > 0; left--) {
      await clock.advance(1_000);
      await journal.append(records(1, journal.stats().head + 1));
    }
  };
  return { journal, observer, fill };
}

test('a warning comes at 50, 80 and 95 per cent, once each, with the slowest and the time that is left', async () => {
  const { journal, observer, fill } = await fullAt100();
  const fast = await journal.openCursor('fast', QUIET);
  await journal.openCursor('slow', QUIET);
  await fill(40);
  await readAndSettle(fast);
  await fill(60);
  expect(observer.fillings.map(({ percent, slowest }) => [percent, slowest])).toEqual([
    [50, 'slow'],
    [80, 'slow'],
    [95, 'slow'],
  ]);
  // One per cent a second: half is left after 50 s, and so on, as exactly as the beginning of the growth is known.
  for (const [index, secondsLeft] of [50, 20, 5].entries()) {
    const { msLeft = 0 } = observer.fillings[index] ?? {};
    expect(Math.abs(msLeft - secondsLeft * 1_000)).toBeLessThanOrEqual(2_000);
  }
});

test('a level that is jumped over is not told on its own', async () => {
  const { journal, observer } = await fullAt100();
  await journal.openCursor('slow', QUIET);
  await journal.append(records(85));
  expect(observer.fillings.map(({ percent }) => percent)).toEqual([80]);
});

test('nothing can be said of the time while the journal has not grown for any time', async () => {
  const { journal, observer } = await fullAt100();
  await journal.openCursor('slow', QUIET);
  await journal.append(records(50));
  expect(observer.fillings).toEqual([{ percent: 50, slowest: 'slow', msLeft: undefined }]);
});

test('swaying about a level warns once; after it was nearly empty, it warns again', async () => {
  const { journal, observer, fill } = await fullAt100();
  const slow = await journal.openCursor('slow', QUIET);
  for (let time = 0; time < 5; time++) {
    await fill(52 - journal.stats().events);
    await readAndSettle(slow, 10);
  }
  expect(observer.fillings.map(({ percent }) => percent)).toEqual([50]);
  await readAndSettle(slow);
  await fill(50);
  expect(observer.fillings.map(({ percent }) => percent)).toEqual([50, 50]);
});

test('the time left is judged by the growth now, not by a long calm before', async () => {
  const { journal, observer, fill } = await fullAt100();
  const slow = await journal.openCursor('slow', QUIET);
  for (let event = 0; event < 50; event++) {
    await fill(1);
    await readAndSettle(slow);
  }
  await fill(50);
  const { msLeft = 0 } = observer.fillings[0] ?? {};
  expect(Math.abs(msLeft - 50_000)).toBeLessThanOrEqual(2_000);
});
