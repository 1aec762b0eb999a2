import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { JournalPromise } from '../journal-promise.js';
import { readAndSettle, type JournalScene } from '../journal-scene.js';

/** Room for some 80 of the suite's events. */
const maxBytes = 100_000;
/** Surely more than fit. */
const TOO_MANY = 300;

/** Appends until the journal is full and an append waits, on the clock; returns that append. */
async function fill(scene: JournalScene): Promise<{ readonly waiting: Promise<void> }> {
  for (let appended = 0; appended < TOO_MANY; appended++) {
    let isDone = false;
    const appending = scene.journal.append(scene.records(1));
    appending.then(
      () => (isDone = true),
      () => {}, // Looked at by the caller.
    );
    await scene.still('append() resolves, or waits on the clock', () => isDone || scene.clock.waiting.count > 0);
    if (!isDone) return { waiting: appending };
  }
  throw new Error(`${TOO_MANY} events were appended, and none of them waited`);
}

export const BLOCKING: readonly JournalPromise[] = [
  {
    name: 'block: waits for blockMs at most, and then moves the slowest on',
    needs: ['block'],
    options: { maxBytes, whenFull: 'block', blockMs: 30_000 },
    async prove(scene) {
      await scene.cursor('dead');
      const { waiting } = await fill(scene);
      await scene.clock.advance(29_999);
      equal(scene.notes.overruns.length, 0, 'overruns before the time is up');
      await scene.clock.advance(1);
      await scene.during('append() goes on', waiting);
      equal(scene.notes.overruns[0]?.overrun.firstId, 'e1');
      equal(scene.clock.waiting.count, 0);
    },
  },
  {
    name: 'block: goes on when there is room, in the order of the calls',
    needs: ['block'],
    options: { maxBytes, whenFull: 'block', blockMs: 30_000 },
    async prove(scene) {
      const cursor = await scene.cursor('a');
      const { waiting } = await fill(scene);
      const others = [scene.journal.append(scene.records(3)), scene.journal.append(scene.records(1))];
      const read = await readAndSettle(cursor);
      await scene.during('every append() goes on', Promise.all([waiting, ...others]));
      read.push(...(await readAndSettle(cursor)));
      deepEqual(
        read,
        read.map((_, index) => `e${index + 1}`),
      );
      equal(read.length, scene.journal.stats().head);
      deepEqual(scene.notes.overruns, []);
    },
  },
  {
    name: 'block: an append that waits is rejected when the journal is closed',
    needs: ['block'],
    options: { maxBytes, whenFull: 'block', blockMs: 30_000 },
    async prove(scene) {
      await scene.cursor('dead');
      const { waiting } = await fill(scene);
      const rejected = rejects(waiting, { code: 'JOURNAL_CLOSED' });
      await scene.journal.close();
      await scene.during('append() rejects', rejected);
      equal(scene.clock.waiting.count, 0);
    },
  },
];
