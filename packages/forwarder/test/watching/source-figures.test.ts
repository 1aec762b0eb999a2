import type { DeliveryStats, SourceStats } from '@grantex/core';
import { describe, expect, test } from 'vitest';
import { type SourceFacts, SourceFigures } from '../../src/watching/source-figures.js';

const START = Date.UTC(2026, 2, 1, 12);
const after = (seconds: number): number => START + seconds * 1_000;

function delivery(changes: Partial<DeliveryStats> = {}): DeliveryStats {
  return {
    state: 'delivering',
    lag: 0,
    lastError: undefined,
    delivered: 0,
    deadLettered: 0,
    filtered: 0,
    overrun: 0,
    requests: 0,
    retries: 0,
    ...changes,
  };
}

interface StatsChanges extends Partial<Omit<SourceStats, 'journal'>> {
  readonly journal?: Partial<SourceStats['journal']>;
}

function stats({ journal, ...changes }: StatsChanges = {}): SourceStats {
  return {
    state: 'heard',
    lostSince: undefined,
    received: 0,
    repeated: 0,
    notEvents: 0,
    destinations: {},
    ...changes,
    journal: {
      events: 0,
      bytes: 0,
      waitingBytes: 0,
      maxBytes: 1_000,
      head: 0,
      deadLetters: 0,
      overruns: [],
      gaps: [],
      ...journal,
    },
  };
}

function facts(changes: Partial<SourceFacts> = {}): SourceFacts {
  return {
    types: { datadog: 'datadog' },
    off: [],
    journalType: 'disk',
    journalWritable: true,
    waitsForJournal: false,
    ...changes,
  };
}

test('every figure has its place', () => {
  const figures = new SourceFigures(START);
  const gap = { from: after(-10), to: after(-7.5), cause: 'the connection was lost' };
  const status = figures.status(
    stats({
      received: 11,
      repeated: 2,
      notEvents: 3,
      journal: { events: 8, bytes: 700, waitingBytes: 300, maxBytes: 1_000, head: 11, deadLetters: 1, gaps: [gap] },
      destinations: {
        datadog: delivery({
          state: 'retrying',
          lastError: { code: 'DEST_UNAVAILABLE', message: 'it replied 503', statusCode: 503, at: after(4) },
          delivered: 21,
          deadLettered: 22,
          filtered: 23,
          overrun: 24,
          requests: 25,
          retries: 26,
        }),
      },
    }),
    after(5),
    facts({ journalType: 'memory', journalWritable: false }),
  );
  expect(status).toEqual({
    state: 'heard',
    lost_since: null,
    received: 11,
    repeated: 2,
    not_events: 3,
    journal: {
      type: 'memory',
      events: 8,
      bytes: 700,
      waiting_bytes: 300,
      max_bytes: 1_000,
      head: 11,
      dead_letters: 1,
      writable: false,
      gaps: [
        {
          from: '2026-03-01T11:59:50.000Z',
          to: '2026-03-01T11:59:52.500Z',
          seconds: 2.5,
          cause: 'the connection was lost',
        },
      ],
      gap_count: 0,
      gap_seconds: 0,
    },
    destinations: {
      datadog: {
        type: 'datadog',
        state: 'retrying',
        waiting: 0,
        oldest_waiting_seconds: 0,
        events_per_second: 0,
        delivered: 21,
        dead_lettered: 22,
        filtered: 23,
        overrun: 24,
        requests: 25,
        retries: 26,
        last_error: {
          code: 'DEST_UNAVAILABLE',
          message: 'it replied 503',
          status_code: 503,
          at: '2026-03-01T12:00:04.000Z',
        },
      },
    },
  });
});

describe('state and lost_since', () => {
  const started = '2026-03-01T12:00:00.000Z';
  const lost = '2026-03-01T11:59:00.000Z';
  test.each([
    ['not started', { state: 'idle' }, false, 'connecting', started],
    ['never heard yet', { state: 'connecting' }, false, 'connecting', started],
    ['lost', { state: 'connecting', lostSince: after(-60) }, false, 'connecting', lost],
    ['heard', { state: 'heard' }, false, 'heard', null],
    ['waiting, heard', { state: 'heard' }, true, 'waiting', null],
    ['waiting, not heard', { state: 'connecting' }, true, 'waiting', started],
    ['stopped', { state: 'stopped' }, false, 'stopped', null],
    ['stopped while lost', { state: 'stopped', lostSince: after(-60) }, false, 'stopped', lost],
  ] as const)('%s', (_name, changes, waitsForJournal, state, lostSince) => {
    const status = new SourceFigures(START).status(stats(changes), after(9), facts({ waitsForJournal }));
    expect([status.state, status.lost_since]).toEqual([state, lostSince]);
  });
});

/** Ten events a second from the start on: head 0 at the start, 10 after one second, 300 after thirty. */
function tenPerSecond(): SourceFigures {
  const figures = new SourceFigures(START);
  for (let second = 0; second <= 30; second++) figures.sample(stats({ journal: { head: second * 10 } }), after(second));
  return figures;
}

function oldest(figures: SourceFigures, head: number, lag: number, at: number): number | undefined {
  const lagging = stats({ journal: { head }, destinations: { datadog: delivery({ lag }) } });
  return figures.status(lagging, at, facts()).destinations['datadog']?.oldest_waiting_seconds;
}

describe('oldest_waiting_seconds', () => {
  test.each([
    ['none waits', 300, 0, 0],
    // Position 300 was seen in the sample after 30 s.
    ['one waits', 300, 1, 2],
    // Position 291 is the first of the last second.
    ['ten wait', 300, 10, 2],
    // Position 290 was the last of the second before.
    ['eleven wait', 300, 11, 3],
    // Position 1 was seen after 1 s.
    ['all wait', 300, 300, 31],
    // Positions 301 to 305 came after the last sample.
    ['five that no sample has seen', 305, 5, 0],
    ['six, one of which a sample has seen', 305, 6, 2],
  ])('%s', (_name, head, lag, seconds) => {
    expect(oldest(tenPerSecond(), head, lag, after(32))).toBe(seconds);
  });

  test('what waits from before the start counts from the first sample', () => {
    const figures = new SourceFigures(START);
    figures.sample(stats({ journal: { head: 1_000 } }), after(1));
    expect(oldest(figures, 1_000, 400, after(61))).toBe(60);
  });

  test('unless it is known when the journal stood where', () => {
    const earlier = [
      { head: 500, at: after(-3_600) },
      { head: 1_000, at: after(-60) },
    ];
    const figures = new SourceFigures(START, earlier);
    figures.sample(stats({ journal: { head: 1_000 } }), after(1));
    expect(oldest(figures, 1_000, 500, after(10))).toBe(70);
    expect(oldest(figures, 1_000, 501, after(10))).toBe(3_610);
  });
});

/** Three events a second to one destination; 25 events to another one, between 19 s and 20 s. */
function delivering(second: number): SourceStats {
  const splunk = delivery({ delivered: second < 20 ? 0 : 25 });
  return stats({ destinations: { datadog: delivery({ delivered: second * 3 }), splunk } });
}

test('events_per_second of each destination, over the last ten seconds', () => {
  const figures = new SourceFigures(START);
  for (let second = 0; second <= 25; second++) figures.sample(delivering(second), after(second));
  const { destinations } = figures.status(delivering(25), after(25), facts());
  expect(destinations['datadog']?.events_per_second).toBe(3);
  // At 15 s it was 0, at 25 s 25.
  expect(destinations['splunk']?.events_per_second).toBe(2.5);
});

test('a destination that went away and came back does not remember its rate', () => {
  const figures = new SourceFigures(START);
  const back = stats({ destinations: { datadog: delivery({ delivered: 100 }) } });
  figures.sample(stats({ destinations: { datadog: delivery() } }), after(0));
  figures.sample(stats(), after(1));
  figures.sample(back, after(2));
  expect(figures.status(back, after(4), facts()).destinations['datadog']?.events_per_second).toBe(0);
});

test('gaps are counted as they are told; of those in the journal the newest 20 are shown', () => {
  const figures = new SourceFigures(START);
  figures.noteGap({ from: after(0), to: after(1.5) });
  figures.noteGap({ from: after(5), to: after(7) });
  const gaps = Array.from({ length: 25 }, (_, index) => ({
    from: after(index),
    to: after(index + 0.5),
    cause: `${index}`,
  }));
  const { journal } = figures.status(stats({ journal: { gaps } }), after(60), facts());
  expect([journal.gap_count, journal.gap_seconds]).toEqual([2, 3.5]);
  expect(journal.gaps.map(({ cause }) => cause)).toEqual(Array.from({ length: 20 }, (_, index) => `${index + 5}`));
});

test('a destination that is off: nothing waits, its counts stay while there are any', () => {
  const withStats = stats({
    journal: { head: 9 },
    destinations: { datadog: delivery({ lag: 4, delivered: 5, state: 'stopped' }) },
  });
  const off = facts({ types: { datadog: 'datadog', loki: 'loki' }, off: ['datadog', 'loki'] });
  const { destinations } = new SourceFigures(START).status(withStats, after(9), off);
  expect(destinations['datadog']).toMatchObject({ type: 'datadog', state: 'off', waiting: 0, delivered: 5 });
  expect(destinations['loki']).toMatchObject({
    type: 'loki',
    state: 'off',
    waiting: 0,
    delivered: 0,
    last_error: null,
  });
});
