import { destinationContract } from '@grantex/testing';
import { expect, test } from 'vitest';
import { arraySubject } from './planted/array-subject.js';
import * as plain from './planted/plain-destinations.js';
import { testPlanted } from './planted/run-planted.js';

const options = { kind: 'plain', without: ['hang', 'reason', 'partial', 'check'] } as const;

const { leftOut } = destinationContract(test, () => arraySubject((made) => new plain.PlainDestination(made)), options);

test('what is left out is left out by name', () => {
  for (const { test: name, without } of leftOut) {
    expect(name).toMatch(/^in a source: (time-out|flush|poison|bounded): /);
    expect(without.every((missing) => ['hang', 'reason'].includes(missing))).toBe(true);
  }
  expect(leftOut).toHaveLength(6);
});

testPlanted(
  [
    {
      bad: plain.PlainAcknowledgesEarly,
      named: ['flush: nothing counts as settled before the service has stored it'],
      othersFall: true,
    },
    {
      bad: plain.PlainSwallowsFailures,
      named: ['flush: nothing counts as settled before the service has stored it'],
      othersFall: true,
    },
    {
      bad: plain.PlainForgetsToFlush,
      named: ['flush: nothing counts as settled before the service has stored it'],
      othersFall: true,
    },
    {
      bad: plain.PlainReorders,
      named: ['order: events are stored in the order in which they were sent'],
      othersFall: true,
    },
  ],
  options,
);
