import { DatabaseSync } from 'node:sqlite';
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { printEvents } from '../../src/commands/journal-events.js';
import { inspectJournals } from '../../src/commands/journal-inspect.js';
import { EXIT } from '../../src/exit-codes.js';
import { journalFile } from '../../src/settings/journal-file.js';
import { JournalScene } from './journal-scene.js';

test.concurrent('inspect: what the journal holds, while the program runs and after', async () => {
  await using scene = await JournalScene.begin({ destinations: { sink: {}, slow: {} } });
  scene.receiver('slow').answer(() => ({ status: 503 }));
  const run = await scene.run();
  await scene.publish(run, 1_200);
  await scene.settled(run, 'sink');
  const people = scene.context();
  await inspectJournals(scene.settings, {}, people);
  const file = journalFile(scene.settings.journal, 'production');
  expect(people.lines[0]).toBe(`production  ${file}`);
  expect(people.out).toMatch(/events kept +1,200, received \S+Z to \S+Z/);
  expect(people.out).toMatch(/used +[\d.]+ (KiB|MiB) of 95\.4 MiB \(\d %\)/);
  expect(people.out).toMatch(/dead letters +none/);
  expect(people.out).toMatch(/^ {2}sink +0 +0$/m);
  expect(people.out).toMatch(/^ {2}slow +1,200 +0$/m);
  await run.stop();

  const again = await scene.run();
  await scene.publish(again, 1);
  await again.stop();
  const program = scene.context();
  await inspectJournals(scene.settings, { json: true, verify: true }, program);
  expect(JSON.parse(program.out)).toMatchObject({
    sources: {
      production: {
        file,
        exists: true,
        layout_version: 1,
        events: 1_201,
        head: 1_201,
        max_bytes: 100_000_000,
        destinations: { sink: { waiting: 0, open_batches: 0 }, slow: { waiting: 1_201, open_batches: 0 } },
        dead_letters: {},
        gaps: [{ cause: expect.stringContaining('not running') as string }],
        overruns: [],
        damaged_rows: 0,
        verified: { damaged_rows: {}, damaged_events: 0, missing_positions: [], structure: [] },
      },
    },
  });
});

test.concurrent('inspect --verify: says what is damaged, and fails', async () => {
  await using scene = await JournalScene.begin();
  const run = await scene.run();
  for (let group = 0; group < 3; group++) await scene.publish(run, 2);
  await scene.settled(run);
  await run.stop();
  const intact = scene.context();
  await inspectJournals(scene.settings, { verify: true }, intact);
  expect(intact.out).toMatch(/checked +\d+ rows: all as they were written/);
  const database = new DatabaseSync(journalFile(scene.settings.journal, 'production'));
  database.exec("UPDATE groups SET texts = replace(texts, 'grant', 'gravy') WHERE first = 1");
  database.close();
  const damaged = scene.context();
  const failing = inspectJournals(scene.settings, { verify: true }, damaged);
  await expect(failing).rejects.toMatchObject({ exitCode: EXIT.failed });
  expect(damaged.out).toMatch(/checked +\d+ rows: 1 damaged row in groups; \d events? cannot be read/);
  const unchecked = scene.context();
  await inspectJournals(scene.settings, {}, unchecked);
  expect(unchecked.out).not.toContain('checked');
});

test.concurrent('inspect: no journal, a file that is none, a journal in memory, an unknown source', async () => {
  await using scene = await JournalScene.begin({ sources: ['production', 'staging'] });
  const context = scene.context();
  await inspectJournals(scene.settings, {}, context);
  expect(context.out.match(/no journal yet/g)).toHaveLength(2);
  await expect(inspectJournals(scene.settings, { source: 'staging' }, context)).rejects.toThrow('no journal yet');
  writeFileSync(journalFile(scene.settings.journal, 'staging'), 'this is no journal');
  await expect(inspectJournals(scene.settings, {}, context)).rejects.toThrow('is no journal');
  await expect(inspectJournals(scene.settings, { source: 'x' }, context)).rejects.toMatchObject({
    exitCode: EXIT.usage,
  });
  const { settings } = scene;
  const memory = { ...settings, journal: { ...settings.journal, type: 'memory' } } as const;
  await expect(inspectJournals(memory, {}, context)).rejects.toThrow('in memory');
});

test.concurrent('events: a line of JSON for each, from a position on', async () => {
  await using scene = await JournalScene.begin();
  const run = await scene.run();
  const events = await scene.publish(run, 5);
  const all = scene.context();
  await printEvents(scene.settings, {}, all);
  const lines = all.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ position, event }) => ({ position, event }))).toEqual(
    events.map((event, index) => ({ position: index + 1, event })),
  );
  expect(Date.parse(String(lines[0]?.['received_at']))).toBeLessThanOrEqual(Date.now());
  const some = scene.context();
  await printEvents(scene.settings, { from: 3, limit: 2 }, some);
  expect(some.lines).toEqual(all.lines.slice(2, 4));
  const none = scene.context();
  await printEvents(scene.settings, { from: 6 }, none);
  expect(none.out).toBe('');
});
