import { deepEqual, equal, ok } from 'node:assert/strict';
import type { DestinationPromise } from '../destination-promise.js';
import { BATCH_SIZE } from '../scene.js';

const REASON = 'the-reason-of-the-service';
const MAX_EVENTS = 2;

export const DIVISION: readonly DestinationPromise[] = [
  {
    name: 'poison: one bad event costs one event',
    needs: ['poison'],
    async prove(scene) {
      const events = scene.events(3 * BATCH_SIZE);
      const poison = events[BATCH_SIZE + 2];
      await scene.subject.fail({ kind: 'poison', id: poison?.id ?? '', reason: REASON });
      await scene.sendThese(events);
      await scene.flush();
      await scene.expectStored(events.filter((event) => event !== poison).map(({ id }) => id));
      const [letter, ...others] = await scene.run.deadLetters();
      deepEqual(others, []);
      equal(letter?.eventId, poison?.id);
      deepEqual(JSON.parse(letter?.text ?? ''), poison, 'the dead letter has the event as it came');
      ok(letter !== undefined && letter.reason !== '', 'the dead letter has a reason');
    },
  },
  {
    name: 'poison: the words of the service are in the dead letter',
    needs: ['poison', 'reason'],
    async prove(scene) {
      const events = scene.events(2 * BATCH_SIZE);
      await scene.subject.fail({ kind: 'poison', id: events[1]?.id ?? '', reason: REASON });
      await scene.sendThese(events);
      await scene.flush();
      const [letter] = await scene.run.deadLetters();
      ok(letter?.reason.includes(REASON), `the reason is: ${letter?.reason}`);
    },
  },
  {
    name: 'too large: a request that the service finds too large is halved until it fits',
    needs: ['too-large'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'too-large', maxEvents: MAX_EVENTS });
      const ids = await scene.send(3 * BATCH_SIZE);
      await scene.flush();
      await scene.expectStored(ids);
      deepEqual(await scene.run.deadLetters(), []);
    },
  },
  {
    name: 'partial answer: only what was not accepted comes again',
    batchingOnly: true,
    needs: ['partial'],
    async prove(scene) {
      const events = scene.events(BATCH_SIZE);
      const ids = events.map(({ id }) => id);
      const again = [ids[1] ?? '', ids[3] ?? ''];
      await scene.subject.fail({ kind: 'partial', again, rejected: [] });
      await scene.sendThese(events);
      await scene.firstRequest();
      await scene.idle();
      await scene.subject.mend();
      await scene.flush();
      const received = await scene.subject.receivedIds();
      deepEqual(received.toSorted(), ids.toSorted());
      deepEqual(await scene.run.deadLetters(), []);
    },
  },
  {
    name: 'partial answer: what was rejected becomes a dead letter, and its neighbours do not come again',
    batchingOnly: true,
    needs: ['partial'],
    async prove(scene) {
      const events = scene.events(BATCH_SIZE);
      const ids = events.map(({ id }) => id);
      const rejected = [ids[2] ?? ''];
      await scene.subject.fail({ kind: 'partial', again: [], rejected });
      await scene.sendThese(events);
      await scene.flush();
      const received = await scene.subject.receivedIds();
      deepEqual(received.toSorted(), ids.filter((id) => !rejected.includes(id)).toSorted());
      deepEqual(
        (await scene.run.deadLetters()).map(({ eventId }) => eventId),
        rejected,
      );
    },
  },
];
