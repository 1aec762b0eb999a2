import { silentLogger } from '@grantex/core';
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { deadLettersCommand } from '../../src/commands/dead-letters.js';
import { explainCommand } from '../../src/commands/explain.js';
import { journalCommand } from '../../src/commands/journal.js';
import { ControlServer } from '../../src/control/control-server.js';
import { EXIT } from '../../src/exit-codes.js';
import { Forwarder } from '../../src/running/forwarder.js';
import { loadSettings } from '../../src/settings/load-settings.js';
import { makeEvent } from '@grantex/testing';
import { JournalScene } from './journal-scene.js';
import { until } from './terminal-context.js';

test('the commands, with a file of settings and the program that runs by it', async () => {
  await using scene = await JournalScene.begin();
  writeFileSync(
    scene.settings.file,
    `
sources: { production: { url: '${scene.server.url}', apiKey: '${scene.server.key}' } }
journal: { folder: '${scene.folder}' }
connections: 1
destinations:
  sink:
    type: http
    url: '${scene.receiver().url}'
    flushIntervalMs: 1
    retry: { initialMs: 1, maxMs: 5, holdMs: 10, maxHoldMs: 20 }
  off: { type: http, url: '${scene.receiver().url}', enabled: false }
server: { http: false, socket: '${scene.settings.server.socket}', stopDeadlineMs: 200 }
`,
  );
  const load = () => loadSettings(scene.settings.file, { env: {} });
  const settings = await load();
  const forwarder = await Forwarder.create({
    settings,
    load,
    onReloaded: () => {},
    onRejected: () => {},
    logger: silentLogger,
  });
  const control = await ControlServer.listen(settings.server.socket, forwarder);
  await forwarder.start({ takeover: false });
  await scene.server.subscribed();
  scene.receiver().answer(({ body }) => ({ status: body.includes('grant.revoked') ? 422 : 200 }));
  const bad = makeEvent('grant.revoked');
  scene.server.publish(bad);
  await until(
    () => {
      scene.server.publish(makeEvent()); // Others have to be accepted before one is given up.
      return scene.deadLetters() > 0;
    },
    () => JSON.stringify(forwarder.statusNow()),
  );

  const listed = scene.context();
  await listed.run(deadLettersCommand, 'list', '--json');
  expect(JSON.parse(listed.out)).toMatchObject({
    dead_letters: [{ number: 1, event_id: bad.id, destination: 'sink' }],
  });
  const refused = scene.context();
  await expect(refused.run(deadLettersCommand, 'retry', '1')).rejects.toMatchObject({ exitCode: EXIT.failed });
  expect(refused.out).toContain('refused again: 1');
  const explained = scene.context();
  await explained.run(explainCommand, bad.id, '--json');
  expect(JSON.parse(explained.out)).toMatchObject({
    known: true,
    sources: [{ state: 'kept', destinations: [{ state: 'dead_letter' }, { destination: 'off', state: 'off' }] }],
  });
  scene.receiver().answer(() => ({ status: 200 }));
  const sent = scene.context();
  await sent.run(deadLettersCommand, 'retry', '--all');
  expect(sent.lines).toEqual(['delivered: 1']);
  const inspected = scene.context();
  await inspected.run(journalCommand, 'inspect', '--verify');
  expect(inspected.out).toContain('all as they were written');

  await control[Symbol.asyncDispose]();
  await forwarder.close({ drain: true });
  const stopped = scene.context();
  await expect(stopped.run(deadLettersCommand, 'retry', '1')).rejects.toMatchObject({ exitCode: EXIT.unavailable });
  const events = scene.context();
  await events.run(journalCommand, 'events', '--limit', '1');
  expect(JSON.parse(events.out)).toMatchObject({ position: 1, event: { id: bad.id } });
});
