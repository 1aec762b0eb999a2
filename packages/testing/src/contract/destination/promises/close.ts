import { equal, ok, rejects } from 'node:assert/strict';
import type { DestinationPromise } from '../destination-promise.js';
import { BATCH_SIZE, TIMEOUT_MS, type Scene } from '../scene.js';
import { isDone } from '../../is-done.js';

export const CLOSE: readonly DestinationPromise[] = [
  {
    name: 'close: delivers the tail',
    batchingOnly: true,
    needs: [],
    async prove(scene) {
      const ids = await scene.send(BATCH_SIZE + 2);
      await scene.close();
      await scene.expectStored(ids);
    },
  },
  {
    name: 'close: delivers the tail of a service that fails at first',
    batchingOnly: true,
    needs: ['temporary'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'temporary' });
      const ids = await scene.send(BATCH_SIZE + 2);
      await scene.requests(2);
      await scene.subject.mend();
      await scene.close();
      await scene.expectStored(ids);
    },
  },
  {
    name: 'close: resolves when it was never used',
    needs: [],
    async prove(scene) {
      await scene.close();
    },
  },
  {
    name: 'close: twice, one after the other',
    batchingOnly: true,
    needs: [],
    async prove(scene) {
      const ids = await scene.send(2);
      await scene.close();
      await scene.close();
      equal((await scene.subject.receivedIds()).length, ids.length, 'events stored');
    },
  },
  {
    name: 'close: twice at once, and with flush(): each resolves when the tail is delivered',
    ways: ['alone'],
    batchingOnly: true,
    needs: [],
    async prove(scene) {
      const ids = await scene.send(BATCH_SIZE + 2);
      const ends = [scene.run.flush(), scene.run.close(), scene.run.close()].map(async (end, index) => {
        await end;
        ok(await scene.hasStored(ids), `${index === 0 ? 'flush()' : `close() number ${index}`} resolved too early`);
      });
      await scene.during('flush() and both calls of close() resolve', Promise.all(ends));
    },
  },
  {
    name: 'close: while the service fails, ends within 20 s and rejects with what is left',
    ways: ['alone'],
    batchingOnly: true,
    needs: ['temporary'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'temporary' });
      await scene.send(BATCH_SIZE + 2);
      await scene.firstRequest();
      const closing = scene.run.close();
      closing.catch(() => {}); // Looked at below.
      for (let second = 0; second < 21; second++) {
        await scene.idle();
        await scene.clock.advance(1_000);
      }
      await rejects(scene.during('close() ends within 20 s', closing), /7/);
    },
  },
  {
    name: 'close: gives a held destination one attempt, and does not wait',
    ways: ['alone'],
    batchingOnly: true,
    needs: ['unauthorized'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'unauthorized' });
      await scene.send(BATCH_SIZE);
      await scene.firstRequest();
      await scene.idle();
      const before = scene.clock.now();
      await rejects(scene.during('close() ends', scene.run.close()), new RegExp(String(BATCH_SIZE)));
      equal(scene.clock.now(), before, 'milliseconds of waiting');
    },
  },
  {
    name: 'close: send() rejects afterwards, and flush() does not hang',
    ways: ['alone'],
    batchingOnly: true,
    needs: [],
    async prove(scene) {
      const ids = await scene.send(2);
      await scene.close();
      await rejects(scene.during('send() ends', scene.run.send(scene.events(1))));
      await scene.during('flush() ends', scene.run.flush());
      await scene.expectStored(ids);
    },
  },
  {
    name: 'close: send() rejects afterwards also when it was never used',
    ways: ['alone'],
    batchingOnly: true,
    needs: [],
    async prove(scene) {
      await scene.close();
      await rejects(scene.during('send() ends', scene.run.send(scene.events(1))));
      await scene.still('flush() resolves', isDone(scene.run.flush()));
    },
  },
  {
    name: 'close: leaves no connection, no timer and no sleeper behind',
    watchesTimers: true,
    needs: [],
    async prove(scene) {
      await scene.send(BATCH_SIZE + 2);
      await scene.flush();
      await scene.close();
      await expectNothingOpen(scene);
    },
  },
  {
    name: 'close: leaves nothing behind either when the service was failing',
    watchesTimers: true,
    needs: ['temporary'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'temporary' });
      await scene.send(BATCH_SIZE + 2);
      await scene.requests(2);
      const closing = scene.run.close().catch(() => {}); // Something is left, and that is right.
      await scene.idle();
      await scene.clock.advance(TIMEOUT_MS);
      await scene.during('close() ends', closing);
      await expectNothingOpen(scene);
    },
  },
];

async function expectNothingOpen(scene: Scene): Promise<void> {
  try {
    await scene.still('everything is freed', () => scene.open().length === 0);
  } catch (error) {
    throw new Error(`still open: ${scene.open().join(', ')}`, { cause: error });
  }
}
