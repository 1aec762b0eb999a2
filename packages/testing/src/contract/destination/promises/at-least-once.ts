import { deepEqual } from 'node:assert/strict';
import { seededRandom } from '../../../seeded-random.js';
import type { DestinationPromise } from '../destination-promise.js';
import type { Fault } from '../fault.js';
import { TIMEOUT_MS, type Scene } from '../scene.js';

const STEPS = 20;

const FAULTS: readonly (Fault | undefined)[] = [
  undefined,
  { kind: 'temporary' },
  { kind: 'network' },
  { kind: 'answer-lost' },
  { kind: 'unauthorized' },
];

/** What {@link sendThroughFaults} needs. */
export const PASSING_FAULTS = ['temporary', 'network', 'answer-lost', 'unauthorized'] as const;

/** Sends a few events at a time while faults come and go; returns the ids that were sent. */
export async function sendThroughFaults(scene: Scene, seed: number): Promise<string[]> {
  const random = seededRandom(seed);
  const sent: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    const fault = FAULTS[Math.floor(random() * FAULTS.length)];
    if (fault === undefined) await scene.subject.mend();
    else await scene.subject.fail(fault);
    const before = scene.subject.requests().length;
    sent.push(...(await scene.send(1 + Math.floor(random() * 9))));
    // Longer than any delay, so that each fault is met; shorter than a time-out.
    const from = scene.clock.now();
    await scene.until(
      'a request, or some time',
      () => scene.subject.requests().length > before || scene.clock.now() - from > TIMEOUT_MS / 2,
    );
  }
  await scene.subject.mend();
  await scene.flush();
  return sent;
}

export const AT_LEAST_ONCE: readonly DestinationPromise[] = [
  {
    name: 'at least once: faults that come and go lose nothing',
    needs: PASSING_FAULTS,
    async prove(scene) {
      const sent = await sendThroughFaults(scene, 1);
      await scene.expectStored(sent);
      deepEqual(await scene.run.deadLetters(), []);
    },
  },
  {
    name: 'no repeats without a reason: while all is well every event comes once',
    needs: [],
    async prove(scene) {
      const sent = [...(await scene.send(12)), ...(await scene.send(1)), ...(await scene.send(7))];
      await scene.flush();
      const received = await scene.subject.receivedIds();
      deepEqual(received.toSorted(), sent.toSorted());
    },
  },
];
