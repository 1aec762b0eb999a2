import { journalContract, type JournalSubjectOptions } from '@grantex/testing';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { SqliteJournal } from '../src/index.js';
import { JournalFolder } from './journal-folder.js';

const { leftOut } = journalContract(test, async () => {
  const folder = new JournalFolder();
  const journals: SqliteJournal[] = [];
  let path = folder.path;
  const make = (options: JournalSubjectOptions): SqliteJournal => {
    const journal = new SqliteJournal({ ...options, path });
    journals.push(journal);
    return journal;
  };
  return {
    journal: make,
    crash(options) {
      path = folder.copy(path);
      return make(options);
    },
    damage() {
      const database = new DatabaseSync(path);
      database.exec(`UPDATE groups SET texts = replace(texts, 'revoked', 'renewed')`);
      database.close();
    },
    async [Symbol.asyncDispose]() {
      for (const journal of journals) await journal.close();
      folder[Symbol.dispose]();
    },
  };
});

test('left out: nothing', () => {
  expect(leftOut).toEqual([]);
});
