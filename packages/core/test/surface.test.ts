import * as core from '@grantex/core';
import { expect, test } from 'vitest';

test('what core exports at run time, name by name: a change here is a change of the public surface', () => {
  expect(Object.keys(core).toSorted()).toEqual([]);
});
