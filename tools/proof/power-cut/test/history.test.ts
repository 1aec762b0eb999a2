import { expect, test } from 'vitest';
import { History } from '../history.ts';
import type { Mark, Operation } from '../operation.ts';

const NONE = {};
const SETTLED: Operation = { kind: 'commit', cursor: 'a', settled: [[1, 1]] };

function asked(id: number, operation: Operation): Mark {
  return { asked: id, operation };
}

function append(id: number, position: number): Mark {
  return asked(id, { kind: 'append', first: position, last: position, heardUntil: position });
}

function writes(id: number): Mark {
  return { writes: id, overrun: NONE };
}

function done(id: number): Mark {
  return { done: id, overrun: NONE };
}

/** The states that are allowed, each as its newest event and what cursor `a` has settled. */
function left(...marks: readonly Mark[]): string[] {
  const history = new History();
  for (const mark of [asked(0, { kind: 'cursor', cursor: 'a' }), writes(0), done(0), ...marks]) history.note(mark);
  return history.candidates().map(({ account }) => {
    return `${account.head}/${(account.cursors.get('a')?.settled.below ?? 0) - 1}`;
  });
}

test('what was asked for may be there from its transaction on, and has to be once it was promised', () => {
  expect(left(append(1, 1))).toEqual(['0/0']);
  expect(left(append(1, 1), writes(1))).toEqual(['0/0', '1/0']);
  expect(left(append(1, 1), writes(1), done(1))).toEqual(['1/0']);
});

test('operations are in the order of their transactions, whenever they were asked for and promised', () => {
  const both = [append(1, 1), asked(2, SETTLED)];
  expect(left(...both, writes(2), writes(1))).toEqual(['0/0', '0/1', '1/1']);
  expect(left(...both, writes(1), writes(2), done(1))).toEqual(['1/0', '1/1']);
});

test('what is only settled may be undone, but not when a later promise was kept', () => {
  const settled = [asked(1, SETTLED), writes(1), done(1)];
  expect(left(...settled)).toEqual(['0/0', '0/1']);
  expect(left(...settled, append(2, 1), writes(2), done(2))).toEqual(['1/1']);
});

test('a promise without a transaction has to be kept, and what was refused need not', () => {
  expect(left(append(1, 1), done(1))).toEqual(['1/0']);
  expect(left(append(1, 1), { refused: 1 })).toEqual(['0/0']);
  expect(left(append(1, 1), writes(1), { refused: 1 })).toEqual(['0/0', '1/0']);
});

test('a transaction that nobody asked for is none that can be judged', () => {
  expect(() => left(append(1, 1), writes(1), writes(1))).toThrow('no model');
  expect(() => left(writes(7))).toThrow('no model');
});

test('how many events a cursor was moved past is known once something is said behind the transaction', () => {
  const history = new History();
  const marks = [append(1, 1), writes(1), append(2, 2), { writes: 2, overrun: { a: 3 } }];
  for (const mark of marks) history.note(mark);
  expect(history.candidates().map(({ overrun }) => overrun)).toEqual([{}, { a: 3 }, undefined]);
});
