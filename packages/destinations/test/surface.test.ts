import * as core from '@grantex/core';
import * as datadog from '@grantex/destination-datadog';
import * as http from '@grantex/destination-http';
import { expect, test } from 'vitest';
import * as umbrella from '../src/index.js';

test('what can be imported', () => {
  expect(Object.keys(umbrella).toSorted()).toEqual([
    'DatadogDestination',
    'DestinationError',
    'EVENT_TYPES',
    'EventSource',
    'GrantexError',
    'HttpDestination',
    'MemoryJournal',
    'OptionError',
    'StreamError',
    'consoleLogger',
    'datadogDefinition',
    'defineDestination',
    'httpDefinition',
    'isDestinationDefinition',
    'isKnownEvent',
    'silentLogger',
  ]);
});

test('the umbrella only passes on: there is one copy of everything', () => {
  expect(umbrella.EventSource).toBe(core.EventSource);
  expect(umbrella.DatadogDestination).toBe(datadog.DatadogDestination);
  expect(umbrella.HttpDestination).toBe(http.HttpDestination);
});

test('every definition is one, and has a type of its own', () => {
  const exported: unknown[] = Object.values(umbrella);
  expect(new Set(exported.filter(core.isDestinationDefinition).map(({ type }) => type))).toEqual(
    new Set(['datadog', 'http']),
  );
});
