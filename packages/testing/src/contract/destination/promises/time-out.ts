import { ok } from 'node:assert/strict';
import { countSockets } from '../../open-resources.js';
import type { DestinationPromise } from '../destination-promise.js';
import { BATCH_SIZE, TIMEOUT_MS } from '../scene.js';

const HUNG_ATTEMPTS = 4;

export const TIME_OUT: readonly DestinationPromise[] = [
  {
    name: 'time-out: a request without an answer is given up at timeoutMs, and the batch comes again',
    needs: ['hang'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'hang' });
      const ids = await scene.send(BATCH_SIZE);
      await scene.firstRequest();
      await scene.subject.mend();
      await scene.clock.advance(TIMEOUT_MS);
      await scene.flush();
      await scene.expectStored(ids);
    },
  },
  {
    name: 'time-out: a request that is given up is ended, and leaves no connection behind',
    needs: ['hang'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'hang' });
      const ids = await scene.send(BATCH_SIZE);
      await scene.firstRequest();
      await scene.idle();
      const sockets = countSockets();
      for (let attempt = 2; attempt <= HUNG_ATTEMPTS; attempt++) {
        await scene.clock.advance(TIMEOUT_MS);
        await scene.requests(attempt);
      }
      await scene.still('the connections of hung requests end', () => countSockets() <= sockets);
      await scene.subject.mend();
      await scene.clock.advance(TIMEOUT_MS);
      await scene.flush();
      ok(await scene.hasStored(ids));
    },
  },
  {
    name: 'time-out: a hung request is ended by close()',
    needs: ['hang'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'hang' });
      const sockets = countSockets();
      await scene.send(BATCH_SIZE);
      await scene.firstRequest();
      await scene.idle();
      const closing = scene.run.close().catch(() => {}); // Something is left, and that is right.
      await scene.idle();
      await scene.clock.advance(TIMEOUT_MS / 2);
      await scene.during('close() ends within its 20 s', closing);
      await scene.still('the connection of the hung request ends', () => countSockets() <= sockets);
    },
  },
];
