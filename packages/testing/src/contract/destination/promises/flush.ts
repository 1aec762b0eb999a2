import { equal, ok } from 'node:assert/strict';
import type { DestinationPromise } from '../destination-promise.js';
import { isDone } from '../../is-done.js';
import { BATCH_SIZE } from '../scene.js';

export const FLUSH: readonly DestinationPromise[] = [
  {
    name: 'flush: nothing counts as settled before the service has stored it',
    needs: ['temporary'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'temporary' });
      const ids = await scene.send(BATCH_SIZE + 2);
      let isFlushed = false;
      const flushing = scene.run.flush().then(() => (isFlushed = true));
      await scene.requests(3);
      await scene.idle();
      equal(isFlushed, false, 'settled, while the service has stored nothing');
      await scene.subject.mend();
      await scene.during('everything sent is settled', flushing);
      await scene.expectStored(ids);
    },
  },
  {
    name: 'flush: nothing counts as settled while the service has not answered',
    needs: ['hang'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'hang' });
      await scene.send(BATCH_SIZE);
      let isFlushed = false;
      const flushing = scene.run.flush().finally(() => (isFlushed = true));
      flushing.catch(() => {}); // When the scene ends it may still be held up.
      await scene.firstRequest();
      await scene.idle();
      equal(isFlushed, false, 'settled, while the service has not answered');
    },
  },
  {
    name: 'flush: resolves when there is nothing to do, used or not',
    ways: ['alone'],
    needs: [],
    async prove(scene) {
      await scene.still('flush() of an unused one resolves', isDone(scene.run.flush()));
      await scene.still('send() of nothing resolves', isDone(scene.run.send([])));
      await scene.still('flush() after send() of nothing resolves', isDone(scene.run.flush()));
      const ids = await scene.send(2);
      await scene.flush();
      await scene.still('flush() of what was flushed resolves', isDone(scene.run.flush()));
      await scene.expectStored(ids);
    },
  },
  {
    name: 'flush: does not wait for flushIntervalMs',
    ways: ['alone'],
    needs: [],
    async prove(scene) {
      await scene.send(1);
      await scene.still('flush() resolves without time passing', isDone(scene.run.flush()));
    },
  },
  {
    name: 'flush: several at once, with sends between, each resolve when what was sent before is stored',
    ways: ['alone'],
    batchingOnly: true,
    needs: [],
    async prove(scene) {
      const sent: string[] = [];
      const checks: Promise<void>[] = [];
      for (const count of [3, 0, BATCH_SIZE, 1]) {
        if (count > 0) sent.push(...(await scene.send(count)));
        const before = [...sent];
        const check = scene.run.flush().then(async () => ok(await scene.hasStored(before), 'resolved too early'));
        check.catch(() => {}); // Told below, with the others.
        checks.push(check);
      }
      await scene.during('every flush() resolves', Promise.all(checks));
      await scene.expectStored(sent);
    },
  },
  {
    name: 'send and flush: one of them rejects when the service did not take the events',
    ways: ['alone'],
    plainOnly: true,
    needs: ['temporary'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'temporary' });
      const events = scene.events(2);
      let isAcknowledged = false;
      const sending = scene.run
        .send(events)
        .then(() => scene.run.flush())
        .then(
          () => (isAcknowledged = true),
          () => {}, // As it should be.
        );
      await scene.during('send() or flush() rejects', sending);
      equal(isAcknowledged, false, 'both resolved, and the service has stored nothing');
    },
  },
];
