import { equal, ok } from 'node:assert/strict';
import type { GrantexEvent } from '@grantex/core';
import type { DestinationPromise } from '../destination-promise.js';
import { BATCH_SIZE, TIMEOUT_MS, type Scene } from '../scene.js';
import { isDone } from '../../is-done.js';

const PADDING = 'x'.repeat(800_000);
/** More than any destination should hold: 200 MB. */
const MAX_SENDS = 250;

function largeEvent(scene: Scene): GrantexEvent {
  const [event] = scene.events(1);
  return { ...event, padding: PADDING } as unknown as GrantexEvent;
}

export const BOUNDS: readonly DestinationPromise[] = [
  {
    name: 'bounded: send() waits when too much is waiting, and rejects when it is closed meanwhile',
    ways: ['alone'],
    batchingOnly: true,
    needs: ['hang'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'hang' });
      let isWaiting = false;
      let last: Promise<void> = Promise.resolve();
      for (let sends = 0; sends < MAX_SENDS && !isWaiting; sends++) {
        last = scene.run.send([largeEvent(scene)]);
        const isSent = isDone(last);
        for (let turn = 0; turn < 20 && !isSent(); turn++) await new Promise((resolve) => setImmediate(resolve));
        isWaiting = !isSent();
      }
      ok(isWaiting, `send() took ${MAX_SENDS} events of ${PADDING.length} bytes while the service took none`);
      last.catch(() => {}); // It rejects below.
      const closing = scene.run.close().catch(() => {}); // Much is left.
      await scene.idle();
      await scene.clock.advance(TIMEOUT_MS / 2);
      await scene.during('close() ends', closing);
      let isRejected = false;
      await scene.during(
        'the send() that waited ends',
        last.catch(() => (isRejected = true)),
      );
      ok(isRejected, 'the send() that waited resolved, although nobody will deliver its event');
    },
  },
  {
    name: 'bounded: one request at a time while the service does not answer',
    needs: ['hang'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'hang' });
      await scene.send(20 * BATCH_SIZE);
      await scene.firstRequest();
      await scene.idle();
      equal(scene.subject.requests().length, 1);
    },
  },
];
