import { destinationContract } from '@grantex/testing';
import { expect, test } from 'vitest';
import { ArrayDestination } from './planted/array-destination.js';
import { arraySubject } from './planted/array-subject.js';

const { leftOut } = destinationContract(test, () => arraySubject((options) => new ArrayDestination(options)));

test('no test of the contract is left out', () => {
  expect(leftOut).toEqual([]);
});

test("without: ['repeats'] leaves out that a lost answer costs a repeat, and nothing else", () => {
  const outline = destinationContract(
    () => {},
    () => Promise.reject(new Error('nothing is run')),
    { without: ['repeats'] },
  );
  const name = 'retry: a lost answer costs a repeat of that batch, and no event';
  expect(outline.leftOut).toEqual(
    ['alone', 'in a source'].map((way) => ({ test: `${way}: ${name}`, without: ['repeats'] })),
  );
});
