import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { deliver, destinationFor, eventsOf, Folder, linesOf, recordingLogger } from './rig.js';
import { SmallDisk } from './small-disk.js';

test('disk full: nothing is lost, no half line is left, and with room it goes on by itself', async (context) => {
  using folder = new Folder();
  using disk = SmallDisk.mount(folder.path);
  if (disk === undefined) return context.skip('a small tmpfs cannot be mounted here');
  const path = join(disk.path, 'audit.ndjson');
  const logger = recordingLogger();
  await using destination = destinationFor(path, { batchSize: 100, logger });
  const events = eventsOf(2_000);
  await deliver(destination, events.slice(0, 100));
  disk.take(900_000);
  await destination.send(events.slice(100));
  const flushed = destination.flush();
  flushed.catch(() => {}); // When something below fails, that is what is told.
  await vi.waitUntil(() => logger.lines.length > 0, 4_000);
  // While it tries again, a part is there for a moment; then it is taken back.
  const there = await vi.waitUntil(() => {
    const text = readFileSync(path, 'utf8');
    return text.endsWith('\n') && text;
  }, 4_000);
  expect(linesOf(events).startsWith(there)).toBe(true);
  expect(logger.lines).toEqual([
    expect.stringMatching(/^warn file: trying again, nothing is lost\. .*\(ENOSPC\): the disk is full: make room/),
  ]);
  disk.give();
  await flushed;
  expect(readFileSync(path, 'utf8')).toBe(linesOf(events));
});
