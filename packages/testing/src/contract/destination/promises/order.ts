import { deepEqual } from 'node:assert/strict';
import type { DestinationPromise } from '../destination-promise.js';
import { BATCH_SIZE } from '../scene.js';
import { PASSING_FAULTS, sendThroughFaults } from './at-least-once.js';

export const ORDER: readonly DestinationPromise[] = [
  {
    name: 'order: events are stored in the order in which they were sent',
    needs: [],
    async prove(scene) {
      const sent = [...(await scene.send(3 * BATCH_SIZE)), ...(await scene.send(2))];
      await scene.flush();
      deepEqual(await scene.stored(), sent);
    },
  },
  {
    name: 'order: faults that come and go do not change it',
    needs: PASSING_FAULTS,
    async prove(scene) {
      const sent = await sendThroughFaults(scene, 2);
      deepEqual(await scene.stored(), sent);
    },
  },
  {
    name: 'order: it is kept when requests are halved because they are too large',
    needs: ['too-large'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'too-large', maxEvents: 2 });
      const sent = await scene.send(3 * BATCH_SIZE);
      await scene.flush();
      deepEqual(await scene.stored(), sent);
    },
  },
  {
    name: 'order: it is kept around an event that is given up',
    needs: ['poison'],
    async prove(scene) {
      const events = scene.events(3 * BATCH_SIZE);
      const poison = events[BATCH_SIZE + 2]?.id ?? '';
      await scene.subject.fail({ kind: 'poison', id: poison, reason: 'not this one' });
      await scene.sendThese(events);
      await scene.flush();
      const others = events.map(({ id }) => id).filter((id) => id !== poison);
      deepEqual(await scene.stored(), others);
    },
  },
];
