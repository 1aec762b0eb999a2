import { destinationContract } from '@grantex/testing';
import { expect, test } from 'vitest';
import { ArrayDestination } from './planted/array-destination.js';
import { arraySubject } from './planted/array-subject.js';

const { leftOut } = destinationContract(test, () => arraySubject((options) => new ArrayDestination(options)));

test('no test of the contract is left out', () => {
  expect(leftOut).toEqual([]);
});
