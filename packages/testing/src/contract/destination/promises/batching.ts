import { equal, ok } from 'node:assert/strict';
import type { DestinationPromise } from '../destination-promise.js';
import { BATCH_SIZE, FLUSH_INTERVAL_MS } from '../scene.js';

export const BATCHING: readonly DestinationPromise[] = [
  {
    name: 'batches: a full one goes at once, one that is not full goes after flushIntervalMs',
    batchingOnly: true,
    needs: [],
    async prove(scene) {
      const ids = await scene.send(BATCH_SIZE);
      await scene.still('a full batch is sent', () => scene.hasStored(ids));
      const [last] = await scene.send(1);
      await scene.idle();
      equal(await scene.hasStored([last ?? '']), false, 'a batch of one was sent without waiting for more');
      await scene.clock.advance(FLUSH_INTERVAL_MS);
      await scene.still('after flushIntervalMs it is sent', () => scene.hasStored([last ?? '']));
    },
  },
  {
    name: 'batches: none has more events than batchSize',
    batchingOnly: true,
    needs: [],
    async prove(scene) {
      const ids = await scene.send(4 * BATCH_SIZE + 2);
      await scene.flush();
      await scene.expectStored(ids);
      const sizes = scene.subject.requests().map((request) => request.ids.length);
      ok(
        sizes.every((size) => size <= BATCH_SIZE),
        `requests of ${sizes.join(', ')} events, where batchSize is ${BATCH_SIZE}`,
      );
    },
  },
];
