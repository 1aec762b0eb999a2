import { MemoryJournal } from '@grantex/core';
import { journalContract, type JournalSubject, type JournalSubjectOptions } from '@grantex/testing';
import { describe, expect, test } from 'vitest';
import * as bad from './planted/bad-journals.js';
import { RecordingTest } from './planted/recording-test.js';
import { DiskJournal, diskSubject, memorySubject, WrappedJournal, type DiskClass } from './planted/wrapped-journal.js';

/** Names of the promises that are not kept; only the given ones are looked at. */
async function broken(setup: () => JournalSubject, only?: readonly string[]): Promise<string[]> {
  const recording = new RecordingTest();
  journalContract(recording.test, async () => setup(), { without: ['checksum'], patienceMs: 500 });
  const failed = await recording.run((name) => only === undefined || only.includes(name));
  return [...failed.keys()].toSorted();
}

describe('the good ones that the bad ones are made of', () => {
  journalContract(test, async () => memorySubject((options) => new WrappedJournal(new MemoryJournal(options))), {
    without: ['durable'],
  });
  describe('durable', () => {
    journalContract(test, async () => diskSubject(DiskJournal), { without: ['checksum'] });
  });
});

const AGAIN =
  'open batches: when the cursor is opened again they are there, with members and state, and reading passes over them';
const ALL_OR_NONE =
  'commit: all parts of a change or none: at the bound of dead letters it rejects and changes nothing';
const IN_HAND = 'limit: what a reader has in hand is not taken away';
const IN_HAND_BEFORE =
  'limit: what a reader had in hand and a later one is moved past lies between first and last id of an overrun';
const MEMBERS = 'limit: the members of an open batch are not taken away';
const SLOWEST = 'limit: the slowest is moved on, nobody else, and the journal stays within it';
const EVERY = 'limit: every event is read or counted as lost, once, in order, whatever the pace';
const WITHIN = 'limit: while everybody settles, the journal stays within it, and nobody is moved on';
const EACH = 'cursors: each reads every event once, in order, at its own pace and at most as many as it asks for';
const POSITIONS = 'positions: 1, 2, 3 … in the order of the appends, none twice and none left out';
const AT_ONCE = 'positions: appends at once keep the order of the calls, and each group together';
const ROOM = 'block: goes on when there is room, in the order of the calls';
const BLOCKS = [
  'block: waits for blockMs at most, and then moves the slowest on',
  ROOM,
  'block: an append that waits is rejected when the journal is closed',
];

interface PlantedFault {
  readonly make: (options: JournalSubjectOptions) => WrappedJournal;
  /** The promises that name its fault. */
  readonly named: readonly string[];
  /** Whether many promises fall with them, so that the others are not looked at; otherwise all others have to be kept. */
  readonly othersFall?: true;
}

const inMemory: Readonly<Record<string, PlantedFault>> = {
  LosesRange: {
    make: (options) => new bad.LosesRange(new MemoryJournal(options)),
    named: [EACH, POSITIONS],
    othersFall: true,
  },
  RepeatsPosition: {
    make: (options) => new bad.RepeatsPosition(new MemoryJournal(options)),
    named: [POSITIONS, AT_ONCE],
    othersFall: true,
  },
  ForgetsOpenBatches: {
    make: (options) => new bad.ForgetsOpenBatches(new MemoryJournal(options)),
    named: [AGAIN, 'open batches: one of the same id is replaced'],
  },
  CommitsHalf: { make: (options) => new bad.CommitsHalf(new MemoryJournal(options)), named: [ALL_OR_NONE] },
  TakesWhatWasRead: {
    make: (options) => new bad.TakesWhatWasRead(new MemoryJournal(options)),
    named: [IN_HAND, MEMBERS],
  },
  Miscounts: {
    make: (options) => new bad.Miscounts(new MemoryJournal(options)),
    named: [SLOWEST, IN_HAND, IN_HAND_BEFORE, MEMBERS, EVERY],
  },
  HidesOverrun: {
    make: (options) => new bad.HidesOverrun(new MemoryJournal(options)),
    named: [SLOWEST, EVERY],
    othersFall: true,
  },
  ForgetsPlace: {
    make: (options) => new bad.ForgetsPlace(new MemoryJournal(options)),
    named: [
      'cursors: opened again, one reads exactly what was not settled, in order',
      AGAIN,
      'open batches: one of the same id is replaced',
      IN_HAND_BEFORE,
      MEMBERS,
    ],
  },
  PassesWaiting: { make: (options) => new bad.PassesWaiting(new MemoryJournal(options)), named: [AT_ONCE, ROOM] },
  NeverTrims: { make: (options) => new bad.NeverTrims(options), named: [WITHIN, SLOWEST], othersFall: true },
  NeverBlocks: { make: (options) => new bad.NeverBlocks(options), named: BLOCKS },
};

test.each(Object.entries(inMemory))('%s is found by name', async (_name, { make, named, othersFall }) => {
  const found = await broken(() => memorySubject(make), othersFall && named);
  // A journal in memory has no crash(), so every promise of durability is broken, too.
  expect(found.filter((name) => !name.startsWith('durable: '))).toEqual(named.toSorted());
});

const durable: readonly { readonly Bad: DiskClass; readonly named: readonly string[] }[] = [
  {
    Bad: bad.LosesLastGroup,
    named: [
      'durable: what was appended is there after a crash, to the character, and positions go on',
      'durable: what was settled stays so, and what was not comes again',
      'durable: open batches are there first, with their members and their state',
      'durable: it can crash again and again',
    ],
  },
  {
    Bad: bad.ForgetsIds,
    named: ['durable: the ids of what was appended last are remembered, oldest first, settled or not'],
  },
  {
    Bad: bad.ForgetsCursors,
    named: [
      'durable: what was appended is there after a crash, to the character, and positions go on',
      'durable: what was settled stays so, and what was not comes again',
      'durable: open batches are there first, with their members and their state',
      'durable: dead letters are kept, and their numbers go on',
      'durable: it can crash again and again',
    ],
  },
];

test.each(durable)('$Bad.name is found by name', async ({ Bad, named }) => {
  expect(await broken(() => diskSubject(Bad))).toEqual(named.toSorted());
});
