import { describe, expect, test } from 'vitest';
import { readiness } from '../../src/watching/readiness.js';
import type { ForwarderStatus, SourceStatus } from '../../src/watching/status.js';
import { destinationStatus, forwarderStatus, sourceStatus } from './busy-status.js';

/** `forwarderStatus()` was started at 12:00:00. */
const at = (clock: string): number => Date.parse(`2026-03-01T${clock}.000Z`);
const time = (clock: string): string => `2026-03-01T${clock}.000Z`;
const journal = sourceStatus().journal;

describe('one source', () => {
  const rows: [string, Partial<SourceStatus>, string, readonly string[]][] = [
    ['heard', { state: 'heard' }, '13:00:00', []],
    ['connecting for 44 s', { state: 'connecting', lost_since: time('13:00:00') }, '13:00:44', []],
    [
      'connecting for 45 s',
      { state: 'connecting', lost_since: time('13:00:00') },
      '13:00:45',
      ['the stream has not been heard for 45 s'],
    ],
    [
      'lost long before the start, started 44 s ago',
      { state: 'connecting', lost_since: time('09:00:00') },
      '12:00:44',
      [],
    ],
    [
      'lost long before the start, started 50 s ago',
      { state: 'connecting', lost_since: time('09:00:00') },
      '12:00:50',
      ['the stream has not been heard for 50 s'],
    ],
    ['waiting for the journal, with a stream that is heard', { state: 'waiting', lost_since: null }, '13:00:00', []],
    [
      'waiting for the journal, with a stream that is not heard',
      { state: 'waiting', lost_since: time('12:00:00') },
      '12:00:01',
      ['another process has the journal, and this one does not hear the stream yet'],
    ],
    ['stopping', { state: 'stopping' }, '13:00:00', ['the source is stopping']],
    ['stopped', { state: 'stopped' }, '13:00:00', ['the source is stopped']],
    [
      'a journal on a full disk',
      { journal: { ...journal, writable: false } },
      '13:00:00',
      ['the journal does not take events: the disk is full'],
    ],
    [
      'a destination that holds',
      { destinations: { datadog: destinationStatus({ state: 'holding' }) } },
      '13:00:00',
      [],
    ],
  ];
  test.each(rows)('%s', (_name, source, clock, missing) => {
    const answer = readiness(forwarderStatus({ sources: { production: sourceStatus(source) } }), at(clock));
    expect(answer).toEqual({
      ready: missing.length === 0,
      missing: [],
      sources: { production: { ready: missing.length === 0, missing } },
    });
  });
});

test('each source is named with what it lacks, and one that lacks something is enough', () => {
  const staging = sourceStatus({
    state: 'connecting',
    lost_since: time('12:30:00'),
    journal: { ...journal, writable: false },
  });
  expect(readiness(forwarderStatus({ sources: { production: sourceStatus(), staging } }), at('12:31:00'))).toEqual({
    ready: false,
    missing: [],
    sources: {
      production: { ready: true, missing: [] },
      staging: {
        ready: false,
        missing: ['the stream has not been heard for 60 s', 'the journal does not take events: the disk is full'],
      },
    },
  });
});

const states: [ForwarderStatus['state'], boolean][] = [
  ['starting', true],
  ['running', true],
  ['stopping', false],
  ['stopped', false],
];
test.each(states)('a program that is %s and hears its stream: %s', (state, ready) => {
  expect(readiness(forwarderStatus({ state }), at('12:00:01')).ready).toBe(ready);
});

test('without a source nothing is ready', () => {
  expect(readiness(forwarderStatus({ state: 'starting', sources: {} }), at('12:00:01'))).toEqual({
    ready: false,
    missing: ['no source is open yet'],
    sources: {},
  });
});
