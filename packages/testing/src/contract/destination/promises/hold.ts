import { deepEqual, equal, ok } from 'node:assert/strict';
import type { DestinationPromise } from '../destination-promise.js';
import { BATCH_SIZE } from '../scene.js';

/** Probes that are waited for. */
const PROBES = 3;

export const HOLD: readonly DestinationPromise[] = [
  {
    name: 'wrong key: held with one warning and slow probes, and it goes on by itself when mended',
    needs: ['unauthorized'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'unauthorized' });
      const ids = await scene.send(2 * BATCH_SIZE + 2);
      await scene.firstRequest();
      await scene.idle();
      equal(scene.subject.requests().length, 1, 'requests before the first probe is due');
      await scene.requests(1 + PROBES);
      const probed = new Set(scene.subject.requests().map((request) => request.ids.join()));
      equal(probed.size, 1, 'different batches were sent as probes');
      deepEqual(await scene.run.deadLetters(), []);
      equal(scene.logger.loud.length, 1, `warnings: ${scene.logger.loud.join('; ')}`);
      await scene.subject.mend();
      await scene.flush();
      await scene.expectStored(ids);
      equal(scene.logger.loud.length, 1, `warnings: ${scene.logger.loud.join('; ')}`);
    },
  },
  {
    name: 'wrong key: when it turns wrong in the middle, no event is given up however long it lasts',
    needs: ['unauthorized'],
    async prove(scene) {
      const ids = await scene.send(BATCH_SIZE);
      await scene.flush();
      await scene.subject.fail({ kind: 'unauthorized' });
      const before = scene.subject.requests().length;
      ids.push(...(await scene.send(3)));
      await scene.requests(before + 1 + PROBES);
      deepEqual(await scene.run.deadLetters(), []);
      await scene.subject.mend();
      await scene.flush();
      await scene.expectStored(ids);
      deepEqual(await scene.run.deadLetters(), []);
    },
  },
  {
    name: 'everything is rejected: that is a wrong setting, nothing is given up, and it goes on when mended',
    needs: ['rejected'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'rejected' });
      const ids = await scene.send(5 * BATCH_SIZE);
      await scene.requests(scene.isPlain ? 14 : 20);
      deepEqual(await scene.run.deadLetters(), []);
      ok(scene.logger.loud.length <= 1, `warnings: ${scene.logger.loud.join('; ')}`);
      await scene.subject.mend();
      await scene.flush();
      await scene.expectStored(ids);
      deepEqual(await scene.run.deadLetters(), []);
    },
  },
];
