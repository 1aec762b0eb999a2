import { expect, test } from 'vitest';
import { eventId, numberIn, timeIn } from './event-id.ts';
import { faultsOfLog } from './log-story.ts';
import { disagreements, readingOfMetrics, type Reading } from './reading.ts';
import { Stock } from './stock.ts';

const STOPPED_AT = Date.UTC(2026, 2, 1, 12);
const BACK_AT = STOPPED_AT + 8_000;

test('an id tells the number of its event and when it was published', () => {
  const id = eventId(4_711, STOPPED_AT);
  expect(id).toHaveLength(30);
  expect(numberIn(id)).toBe(4_711);
  expect(timeIn(id)).toBe(STOPPED_AT);
  expect(numberIn('evt_01K0000000ABCDEFGHJKMNPQRS')).toBeUndefined();
});

test('what is missing, repeated, out of order or not ours is counted', () => {
  const stock = new Stock(6);
  const ids = [0, 1, 3, 2, 3, 9].map((number) => eventId(number, STOPPED_AT + number));
  stock.add({ ids, lane: '1' });
  stock.add({ ids: [eventId(4, STOPPED_AT)], lane: '2' });
  expect(stock).toMatchObject({ stored: 5, missing: 1, missingExamples: [5], repeats: 1, outOfOrder: 1 });
  expect(stock).toMatchObject({ repeatsFrom: STOPPED_AT + 3, repeatsTo: STOPPED_AT + 3 });
  expect(stock.foreign).toEqual([eventId(9, STOPPED_AT + 9)]);
});

/** A reading of one destination to which everything was delivered but `waiting`. */
function reading({ received = 0, waiting = 0, state = 'delivering', retries = 0 }): Reading {
  const delivered = received - waiting;
  const own = { delivered, dead_lettered: 0, filtered: 0, overrun: 0, requests: delivered + retries, retries };
  return {
    counters: new Map([
      ['received', received],
      ...Object.entries(own).map(([name, value]) => [`kafka ${name}`, value] as const),
    ]),
    waiting: new Map([['kafka', waiting]]),
    states: new Map([['kafka', state]]),
    received,
  };
}

test.for([
  ['the same', reading({ received: 10 }), reading({ received: 10 }), 0],
  ['what came meanwhile', reading({ received: 14, waiting: 2 }), reading({ received: 20, waiting: 3 }), 0],
  ['a counter that fell', reading({ received: 9 }), reading({ received: 10 }), 3],
  ['more waiting than came', reading({ received: 12, waiting: 5 }), reading({ received: 12 }), 3],
  ['another state, and nothing was sent', reading({ received: 10, state: 'retrying' }), reading({ received: 10 }), 1],
] as const)('between two readings: %s', ([, between, after, faults]) => {
  expect(disagreements(reading({ received: 10 }), between, after)).toHaveLength(faults);
});

test('a figure that the metrics do not have does not fit', () => {
  const empty = readingOfMetrics('# HELP nothing\n', ['kafka']);
  const same = reading({ received: 10 });
  expect(disagreements(same, empty, same)).toContain('received is NaN, and not from 10 to 10');
});

test('the metrics are read by their labels', () => {
  const text = [
    '# TYPE grantex_source_events_received_total counter',
    'grantex_source_events_received_total{source="main"} 12',
    'grantex_destination_waiting_events{source="main",destination="loki",type="loki"} 3',
    'grantex_destination_waiting_events{source="main",destination="kafka",type="kafka"} 4',
    'grantex_destination_state{source="main",destination="kafka",type="kafka",state="delivering"} 0',
    'grantex_destination_state{source="main",destination="kafka",type="kafka",state="retrying"} 1',
    '',
  ].join('\n');
  const { received, waiting, states } = readingOfMetrics(text, ['kafka']);
  expect(received).toBe(12);
  expect([...waiting]).toEqual([['kafka', 4]]);
  expect([...states]).toEqual([['kafka', 'retrying']]);
});

const TROUBLE = { level: 'warn', time: '2026-03-01T12:00:02Z', msg: 'kafka: trying again', code: 'DEST_NETWORK' };
const RECOVERY = { level: 'info', time: '2026-03-01T12:00:12Z', msg: 'kafka: delivering again' };
const FILLING = { level: 'warn', time: '2026-03-01T12:00:05Z', msg: 'journal: 50 % full, waiting for kafka' };
const OTHER = { level: 'warn', time: '2026-03-01T12:00:03Z', msg: 'loki: trying again', code: 'DEST_NETWORK' };

test.for([
  ['both lines', [TROUBLE, RECOVERY], 0],
  ['nothing', [], 1],
  ['no recovery', [TROUBLE], 1],
  ['a recovery before the trouble', [RECOVERY, TROUBLE], 1],
  ['trouble after the service was back', [{ ...TROUBLE, time: '2026-03-01T12:00:09Z' }, RECOVERY], 1],
  ['a code that /status did not show', [{ ...TROUBLE, code: 'DEST_TIMEOUT' }, RECOVERY], 1],
  ['a journal that fills because of it', [TROUBLE, FILLING, RECOVERY], 0],
  [
    'a journal that fills because of another one',
    [TROUBLE, { ...FILLING, msg: 'journal: 50 % full, waiting for s3' }, RECOVERY],
    1,
  ],
  ['a journal that fills long after', [TROUBLE, RECOVERY, { ...FILLING, time: '2026-03-01T12:00:25Z' }], 1],
  ['trouble of another destination', [TROUBLE, OTHER, RECOVERY], 1],
] as const)('the log with %s', ([, log, faults]) => {
  const codes = new Set(['DEST_NETWORK']);
  const trouble = { destination: 'kafka', stoppedAt: STOPPED_AT, backAt: BACK_AT, codes } as const;
  expect(faultsOfLog(log, trouble)).toHaveLength(faults);
});
