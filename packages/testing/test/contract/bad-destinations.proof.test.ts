import * as bad from './planted/bad-destinations.js';
import { testPlanted } from './planted/run-planted.js';

testPlanted([
  {
    bad: bad.ChangesBytes,
    named: ['retry: the same bytes again after a temporary refusal', 'retry: the same bytes again after a lost answer'],
  },
  {
    bad: bad.Reorders,
    named: [
      'order: events are stored in the order in which they were sent',
      'order: faults that come and go do not change it',
      'order: it is kept when requests are halved because they are too large',
      'order: it is kept around an event that is given up',
    ],
  },
  {
    bad: bad.RetriesByItself,
    named: ['retry: a destination does not retry by itself, so that retries do not multiply'],
  },
  { bad: bad.IgnoresRetryAfter, named: ['retry: Retry-After is respected, also by the batches behind'] },
  { bad: bad.IgnoresSignal, named: ['time-out: a request that is given up is ended, and leaves no connection behind'] },
  {
    bad: bad.GivesUpAtWrongKey,
    named: [
      'wrong key: held with one warning and slow probes, and it goes on by itself when mended',
      // Halved batches and suspects come back behind others.
      'order: faults that come and go do not change it',
    ],
  },
  {
    bad: bad.RepeatsWhole,
    named: [
      'partial answer: only what was not accepted comes again',
      'partial answer: what was rejected becomes a dead letter, and its neighbours do not come again',
    ],
  },
  {
    bad: bad.DropsTooLarge,
    named: [
      'too large: a request that the service finds too large is halved until it fits',
      'order: it is kept when requests are halved because they are too large',
    ],
  },
  { bad: bad.HidesReason, named: ['poison: the words of the service are in the dead letter'] },
  {
    bad: bad.SwallowsRejections,
    named: [
      'poison: one bad event costs one event',
      'poison: the words of the service are in the dead letter',
      'everything is rejected: that is a wrong setting, nothing is given up, and it goes on when mended',
      'order: it is kept around an event that is given up',
    ],
  },
]);
