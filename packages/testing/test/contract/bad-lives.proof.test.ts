import * as bad from './planted/bad-destinations.js';
import { testPlanted } from './planted/run-planted.js';

testPlanted([
  {
    bad: bad.AcknowledgesEarly,
    named: [
      'flush: nothing counts as settled before the service has stored it',
      'flush: nothing counts as settled while the service has not answered',
      'at least once: faults that come and go lose nothing',
    ],
    othersFall: true,
  },
  {
    bad: bad.SwallowsFailures,
    named: [
      'flush: nothing counts as settled before the service has stored it',
      'at least once: faults that come and go lose nothing',
    ],
    othersFall: true,
  },
  {
    bad: bad.LosesTail,
    named: ['close: delivers the tail', 'close: delivers the tail of a service that fails at first'],
    othersFall: true,
  },
  {
    bad: bad.KeepsConnections,
    named: [
      'close: leaves no connection, no timer and no sleeper behind',
      'close: leaves nothing behind either when the service was failing',
    ],
  },
  {
    bad: bad.KeepsTimer,
    named: [
      'close: leaves no connection, no timer and no sleeper behind',
      'close: leaves nothing behind either when the service was failing',
    ],
  },
  {
    bad: bad.ReopensAfterClose,
    named: [
      'close: send() rejects afterwards, and flush() does not hang',
      'close: send() rejects afterwards also when it was never used',
    ],
  },
  {
    bad: bad.GrowsWithoutEnd,
    named: ['bounded: send() waits when too much is waiting, and rejects when it is closed meanwhile'],
    othersFall: true,
  },
  {
    bad: bad.LeaksKey,
    named: [
      'secrets: none in a log line, whatever fails',
      'secrets: none in a dead letter',
      'secrets: none in the error of a close() that could not deliver',
      'check() and sendTest(): say what is wrong, and never reject',
    ],
  },
  { bad: bad.ShowsKey, named: ['secrets: none when the destination is inspected, or written as JSON'] },
  { bad: bad.ChecksNothing, named: ['check() and sendTest(): say what is wrong, and never reject'] },
]);
