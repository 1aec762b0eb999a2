import * as core from '@grantex/core';
import * as datadog from '@grantex/destination-datadog';
import { expect, test } from 'vitest';
import * as umbrella from '../src/index.js';

test('what can be imported', () => {
  expect(Object.keys(umbrella).toSorted()).toEqual([
    'DatadogDestination',
    'DestinationError',
    'EVENT_TYPES',
    'EventSource',
    'GrantexError',
    'MemoryJournal',
    'OptionError',
    'StreamError',
    'consoleLogger',
    'isKnownEvent',
    'silentLogger',
  ]);
});

test('the umbrella only passes on: there is one copy of everything', () => {
  expect(umbrella.EventSource).toBe(core.EventSource);
  expect(umbrella.DatadogDestination).toBe(datadog.DatadogDestination);
});
