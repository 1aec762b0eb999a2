import { EventRecord, MemoryJournal, type Journal } from '@grantex/core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// The workspace's root does not depend on this package, hence the path.
import { SqliteJournal } from '../../packages/journal-sqlite/dist/index.js';
import type { Task } from '../harness/time-tasks.ts';
import { texts } from './texts.ts';

const GROUP = 200;
const SILENT = { onOverrun: () => {}, onFilling: () => {} };

/** Appends one group, as it comes from the stream, reads it and settles it. */
async function passing(name: string, journal: Journal): Promise<Task> {
  await journal.open(SILENT);
  const cursor = await journal.openCursor('passing', { onReadable: () => {} });
  let made = 0;
  return {
    name: `${name}: append, read and settle ${GROUP}`,
    events: GROUP,
    async run() {
      await journal.append(
        texts.slice(0, GROUP).map((text) => new EventRecord(`evt_${String(++made).padStart(26, '0')}`, text)),
      );
      const records = await cursor.read(GROUP);
      await cursor.commit({ settled: [[records[0]?.position ?? 0, records.at(-1)?.position ?? 0]] });
    },
  };
}

/** Runs with both journals, and takes away the file of the one on disk. */
export async function withJournals(use: (tasks: readonly Task[]) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'grantex-bench-'));
  const memory = new MemoryJournal();
  const disk = new SqliteJournal({ path: join(folder, 'events.db') });
  try {
    await use([await passing('memory', memory), await passing('disk, synced', disk)]);
  } finally {
    await memory.close();
    await disk.close();
    rmSync(folder, { recursive: true });
  }
}
