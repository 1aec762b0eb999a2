import { join } from 'node:path';
import { MemoryJournal, OptionError } from '@grantex/core';
import { SqliteJournal } from '@grantex/journal-sqlite';
import { expect, test } from 'vitest';
import { SettingsFolder } from './settings-folder.js';

/** The file of settings knows what a journal takes before there is one: here both are asked. */
const refuses = (make: () => unknown): boolean => {
  try {
    make();
    return false;
  } catch (error) {
    if (error instanceof OptionError) return true;
    throw error;
  }
};

test.each([
  { maxBytes: 100_000 },
  { maxBytes: 99_999 },
  { retainMs: 0 },
  { retainMs: -1 },
  { maxDeadLetters: 1 },
  { maxDeadLetters: 0 },
  { maxDeadLetters: 1.5 },
  { whenFull: 'block' },
  { whenFull: 'drop' },
])('the journal on disk and the settings agree about %j', async (options) => {
  await using folder = await SettingsFolder.make();
  const text = JSON.stringify({
    sources: { a: { url: 'https://api.grantex.dev', apiKey: 'x' } },
    journal: options,
    destinations: { file: { path: '-' } },
  });
  const isWrong = refuses(() => new SqliteJournal({ path: join(folder.path, 'a.db'), ...(options as object) }));
  const problems = await folder.problems(text);
  expect(problems.map(({ path }) => path)).toEqual(isWrong ? [`journal.${Object.keys(options)[0]}`] : []);
});

test('what the settings take, a journal in memory takes', async () => {
  await using folder = await SettingsFolder.make();
  const { journal } = await folder.load(
    JSON.stringify({
      sources: { a: { url: 'https://api.grantex.dev', apiKey: 'x' } },
      journal: { type: 'memory', maxBytes: 100_000, maxDeadLetters: 1 },
      destinations: { file: { path: '-' } },
    }),
  );
  expect(refuses(() => new MemoryJournal(journal))).toBe(false);
});
