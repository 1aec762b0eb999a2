import { OptionError } from '@grantex/core';
import { expect, test } from 'vitest';
import { resolveBatchingOptions, type BatchingOptions } from '../../src/destination/batching-options.js';

const DEFAULTS = { kind: 'list', limits: { maxEvents: 1_000, maxBytes: 5_000 }, batchSize: 100 };

test('the defaults of all destinations', () => {
  const { logger: _logger, clock: _clock, ...rest } = resolveBatchingOptions(DEFAULTS, {});
  expect(rest).toEqual({
    name: 'list',
    limits: { maxEvents: 100, maxBytes: 5_000, maxEventBytes: 5_000 },
    flushIntervalMs: 1_000,
    timeoutMs: 30_000,
    concurrency: 1,
    maxEventsPerSecond: 0,
    backoff: { initialMs: 500, maxMs: 30_000, holdMs: 5_000, maxHoldMs: 60_000 },
    onDeadLetter: undefined,
  });
});

test('the defaults of a service', () => {
  const own = { maxBatchBytes: 2_000, flushIntervalMs: 300_000, timeoutMs: 15_000 };
  expect(resolveBatchingOptions({ ...DEFAULTS, ...own }, {})).toMatchObject({
    limits: { maxBytes: 2_000, maxEventBytes: 5_000 },
    flushIntervalMs: 300_000,
    timeoutMs: 15_000,
  });
});

test('a rate is taken as it is', () => {
  expect(resolveBatchingOptions(DEFAULTS, { maxEventsPerSecond: 500 }).maxEventsPerSecond).toBe(500);
});

test('a part of retry is enough', () => {
  expect(resolveBatchingOptions(DEFAULTS, { retry: { maxMs: 1_000 } }).backoff).toEqual({
    initialMs: 500,
    maxMs: 1_000,
    holdMs: 5_000,
    maxHoldMs: 60_000,
  });
});

test('a destination’s own options are not looked at', () => {
  const options: BatchingOptions & { readonly colour: string } = { colour: 'red' };
  expect(resolveBatchingOptions(DEFAULTS, options).name).toBe('list');
});

test('everything that is wrong at once', () => {
  const options = {
    name: '',
    batchSize: 1_001,
    flushIntervalMs: -1,
    timeoutMs: 0,
    concurrency: 65,
    maxEventsPerSecond: -1,
    retry: { holdMs: '5s', hold: 1 },
    onDeadLetter: 'x',
  } as unknown as BatchingOptions;
  expect(() => resolveBatchingOptions({ ...DEFAULTS, maxTimeoutMs: 60_000 }, options)).toThrow(
    new OptionError([
      { option: 'name', expected: 'a text', got: 'an empty text' },
      { option: 'batchSize', expected: 'a whole number from 1 to 1000', got: '1001' },
      { option: 'flushIntervalMs', expected: 'milliseconds from 0 to 2147483647', got: '-1' },
      { option: 'timeoutMs', expected: 'milliseconds from 1 to 60000', got: '0' },
      { option: 'concurrency', expected: 'a whole number from 1 to 64', got: '65' },
      { option: 'maxEventsPerSecond', expected: 'a whole number from 0 to 1000000', got: '-1' },
      { option: 'retry.holdMs', expected: 'milliseconds from 0 to 2147483647', got: 'a text of 2 characters' },
      { option: 'retry.hold', expected: 'a known option', got: 'an unknown one', suggestion: 'retry.holdMs' },
      { option: 'onDeadLetter', expected: 'a function', got: 'a text of 1 character' },
    ]),
  );
});
