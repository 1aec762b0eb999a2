import { deepEqual, equal, ok } from 'node:assert/strict';
import type { DestinationPromise } from '../destination-promise.js';
import type { Fault } from '../fault.js';
import { BATCH_SIZE, type Scene } from '../scene.js';

const RETRY_AFTER_SECONDS = 9;

/** Lets the batch fail three times, mends the service, and looks at what came. */
async function proveSameBytes(scene: Scene, fault: Fault): Promise<void> {
  await scene.subject.fail(fault);
  const ids = await scene.send(BATCH_SIZE);
  await scene.requests(3);
  await scene.subject.mend();
  await scene.flush();
  await scene.expectStored(ids);
  const digests = new Set(scene.subject.requests().map(({ digest }) => digest));
  digests.delete(undefined);
  ok(digests.size <= 1, `${scene.subject.requests().length} attempts sent ${digests.size} different bodies`);
}

export const RETRY: readonly DestinationPromise[] = [
  {
    name: 'retry: the same bytes again after a temporary refusal',
    needs: ['temporary', 'bytes'],
    prove: (scene) => proveSameBytes(scene, { kind: 'temporary' }),
  },
  {
    name: 'retry: the same bytes again after a lost answer',
    needs: ['answer-lost', 'bytes'],
    prove: (scene) => proveSameBytes(scene, { kind: 'answer-lost' }),
  },
  {
    name: 'retry: a lost answer costs a repeat of that batch, and no event',
    needs: ['answer-lost', 'repeats'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'answer-lost' });
      const first = await scene.send(BATCH_SIZE);
      await scene.firstRequest();
      await scene.subject.mend();
      const second = await scene.send(BATCH_SIZE);
      await scene.flush();
      const received = await scene.subject.receivedIds();
      deepEqual(received.toSorted(), [...first, ...first, ...second].toSorted());
    },
  },
  {
    name: 'retry: a destination does not retry by itself, so that retries do not multiply',
    needs: ['temporary'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'temporary' });
      await scene.send(BATCH_SIZE);
      await scene.firstRequest();
      const at = scene.clock.now();
      await scene.idle();
      equal(scene.clock.now(), at);
      equal(scene.subject.requests().length, 1, 'requests were made while the engine backs off');
      await scene.requests(4);
      await scene.subject.mend();
      await scene.flush();
      const attempts = scene.run.attempts();
      if (attempts !== undefined)
        equal(scene.subject.requests().length, attempts, 'requests, and attempts of the engine');
    },
  },
  {
    name: 'retry: Retry-After is respected, also by the batches behind',
    needs: ['throttled'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'throttled', retryAfterSeconds: RETRY_AFTER_SECONDS });
      const ids = await scene.send(BATCH_SIZE);
      await scene.firstRequest();
      await scene.idle();
      await scene.subject.mend();
      ids.push(...(await scene.send(BATCH_SIZE)));
      await scene.clock.advance(RETRY_AFTER_SECONDS * 1_000 - 1);
      await scene.idle();
      equal(scene.subject.requests().length, 1, `requests before ${RETRY_AFTER_SECONDS} s were over`);
      await scene.flush();
      await scene.expectStored(ids);
      ok(scene.subject.requests().length > 1);
    },
  },
];
