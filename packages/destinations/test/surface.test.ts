import * as core from '@grantex/core';
import * as bigquery from '@grantex/destination-bigquery';
import * as datadog from '@grantex/destination-datadog';
import * as file from '@grantex/destination-file';
import * as http from '@grantex/destination-http';
import * as kafka from '@grantex/destination-kafka';
import * as loki from '@grantex/destination-loki';
import * as s3 from '@grantex/destination-s3';
import * as splunk from '@grantex/destination-splunk';
import { expect, test } from 'vitest';
import * as umbrella from '../src/index.js';

const PACKAGES = { bigquery, datadog, file, http, kafka, loki, s3, splunk };

test('what can be imported', () => {
  expect(Object.keys(umbrella).toSorted()).toEqual([
    'BigQueryDestination',
    'DatadogDestination',
    'DestinationError',
    'EVENT_TYPES',
    'EventSource',
    'FileDestination',
    'GrantexError',
    'HttpDestination',
    'KafkaDestination',
    'LokiDestination',
    'MemoryJournal',
    'OptionError',
    'S3Destination',
    'SplunkDestination',
    'StreamError',
    'bigqueryDefinition',
    'consoleLogger',
    'datadogDefinition',
    'defineDestination',
    'fileDefinition',
    'httpDefinition',
    'isDestinationDefinition',
    'isKnownEvent',
    'kafkaDefinition',
    'lokiDefinition',
    's3Definition',
    'silentLogger',
    'splunkDefinition',
  ]);
});

test('the umbrella only passes on: there is one copy of everything', () => {
  expect(umbrella.EventSource).toBe(core.EventSource);
});

test.each(Object.entries(PACKAGES))('the umbrella passes on all of %s', (type, exported) => {
  expect(umbrella).toMatchObject(exported);
  const definitions = Object.values<unknown>(exported).filter(core.isDestinationDefinition);
  expect(definitions.map((definition) => definition.type)).toEqual([type]);
});
