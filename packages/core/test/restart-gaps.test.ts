import { EventSource, MemoryJournal, silentLogger } from '@grantex/core';
import { EventServer } from '@grantex/testing';
import { expect, test } from 'vitest';
import { Rig, until } from './rig.js';

test.concurrent('a stream that is heard is known to the journal at once, before anything is appended', async () => {
  await using server = await EventServer.start();
  const journal = new MemoryJournal();
  const noted: (number | undefined)[] = [];
  journal.noteHeard = async (heardUntil?: number) => void noted.push(heardUntil);
  await using rig = await Rig.start();
  await using source = new EventSource({ url: server.url, apiKey: server.key, journal, logger: silentLogger });
  source.addDestination((await rig.receiver()).destination);
  const begunAt = Date.now();
  void source.start();
  await server.subscribed();
  server.writeRaw(': keep-alive\n\n');
  await until('a note', () => noted.length > 0, 1_000);
  expect(noted[0]).toBeLessThanOrEqual(Date.now());
  // A second is taken off, for what may be on its way.
  expect(noted[0]).toBeGreaterThanOrEqual(begunAt - 1_000);
});
