import { setImmediate as nextTurn } from 'node:timers/promises';
import { journalContract, type JournalSubject, type JournalSubjectOptions } from '@grantex/testing';
import { test } from 'vitest';
import { Chance } from '../chance.ts';
import { Disk } from '../disk.ts';
import { ModelJournal, type Temper } from '../model-journal.ts';

async function subject(): Promise<JournalSubject> {
  const random = new Chance(11).next;
  const disk = new Disk();
  let journal: ModelJournal | undefined;
  const temper: Temper = {
    async latency() {
      for (let turns = Math.floor(random() * 4); turns > 0; turns--) await nextTurn();
    },
    isFailing: () => false,
    forgetsCommits: false,
  };
  const make = (options: JournalSubjectOptions): ModelJournal => (journal = new ModelJournal(disk, options, temper));
  return {
    journal: make,
    crash(options) {
      journal?.crash(random);
      return make(options);
    },
    async [Symbol.asyncDispose]() {},
  };
}

journalContract(test, subject, { without: ['checksum'] });
