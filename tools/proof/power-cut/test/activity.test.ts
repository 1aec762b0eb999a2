import { expect, test } from 'vitest';
import { ActivityCount, type Activity } from '../activity.ts';
import { encodeMark } from '../operation.ts';
import { FolderCalls } from '../folder-call.ts';
import { TraceReader } from '../trace.ts';
import { hex } from './outcomes.ts';

/** Thread 7 is the script's; thread 9 has the database open as 6. */
const BEFORE = [
  `7 openat(AT_FDCWD, ${hex('/f/a-wal')}, O_RDWR|O_CREAT, 0600) = 5`,
  `7 write(1, ${hex(encodeMark({ refused: 1 }))}, 9) = 9`,
  `9 openat(AT_FDCWD, ${hex('/f/a')}, O_RDWR|O_CREAT, 0600) = 6`,
];
const LOGGED = `7 pwrite64(5, ${hex('one.')}, 4, 0) = 4`;
const WRITTEN_BACK = `9 pwrite64(6, ${hex('one.')}, 4, 0) = 4`;

function count(...lines: readonly string[]): Activity {
  const [reader, understood, activity] = [new TraceReader(), new FolderCalls('/f'), new ActivityCount('a')];
  for (const line of [...BEFORE, ...lines]) {
    const step = reader.read(line);
    const call = step && understood.understand(step);
    if (step !== undefined && call !== undefined) activity.note(step.thread, call);
  }
  return activity.activity;
}

test('syncs of other threads are counted, and those in which the script wrote', () => {
  const none = { syncs: 0, overtaken: 0, writtenBack: 0, disturbed: 0 };
  expect(count(LOGGED, '7 fdatasync(5) = 0')).toEqual(none);
  expect(count(LOGGED, '8 fdatasync(5) = 0')).toEqual({ ...none, syncs: 1 });
  const slow = ['8 fdatasync(5 <unfinished ...>', LOGGED, '8 <... fdatasync resumed>) = 0'];
  expect(count(...slow)).toEqual({ ...none, syncs: 1, overtaken: 1 });
});

test('the log is written back once for each time that another thread writes to the database', () => {
  expect(count(WRITTEN_BACK, WRITTEN_BACK)).toMatchObject({ writtenBack: 1, disturbed: 0 });
  expect(count(WRITTEN_BACK, LOGGED, WRITTEN_BACK)).toMatchObject({ writtenBack: 1, disturbed: 1 });
});
