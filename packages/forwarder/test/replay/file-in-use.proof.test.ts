import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeEvents } from '@grantex/testing';
import { expect, test, vi } from 'vitest';
import { EXIT } from '../../src/exit-codes.js';
import { ProgramRig, TEST_TIMEOUT_MS } from '../running/program-rig.js';

vi.setConfig({ testTimeout: TEST_TIMEOUT_MS });

test('a file that a running forwarder writes, and one that would be replayed into itself, are refused', async () => {
  await using rig = await ProgramRig.start();
  const archive = join(rig.folder, 'archive.ndjson');
  const stored = join(rig.folder, 'stored.ndjson');
  const events = makeEvents(3);
  for (const file of [stored, archive]) {
    await writeFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }
  await rig.write({ archive: { type: 'file', path: archive } });

  const itself = rig.spawn(['replay', archive, '--to', 'archive']);
  expect(await itself.ended()).toBe(EXIT.usage);
  expect(itself.errors).toContain('cannot be replayed into itself');

  await rig.run();
  const shared = rig.spawn(['replay', stored, '--to', 'archive']);
  expect(await shared.ended()).toBe(EXIT.locked);
  expect(shared.errors).toContain('grantex-forwarder switch off archive');

  await rig.control.switchOff('archive');
  const alone = rig.spawn(['replay', stored, '--to', 'archive']);
  expect(await alone.ended()).toBe(EXIT.ok);
  expect(alone.output).toContain('3 events delivered to archive');
});
