import { OptionError } from '@grantex/core';
import { expect, test } from 'vitest';
import { BigQueryDestination, bigqueryDefinition } from '../src/index.js';
import { resolveOptions } from '../src/options.js';
import { clientWith, CREDENTIALS, TABLE } from './rig.js';

test('what is needed, and the defaults', () => {
  expect(resolveOptions(TABLE)).toMatchObject({
    name: 'bigquery',
    mode: 'insert-all',
    createTable: false,
    batchSize: 500,
    maxBatchBytes: 5_000_000,
    flushIntervalMs: 1_000,
    timeoutMs: 30_000,
    concurrency: 1,
    tablePath: 'projects/acme-audit/datasets/grantex/tables/events',
    secrets: [],
  });
  expect(resolveOptions(TABLE).tablesUrl.href).toBe(
    'https://bigquery.googleapis.com/bigquery/v2/projects/acme-audit/datasets/grantex/tables/',
  );
  expect(resolveOptions(TABLE).storageUrl.href).toBe('https://bigquerystorage.googleapis.com/');
});

test('endpoints: those given, else that of the client', () => {
  const regional = { apiEndpoint: 'https://bigquery.europe-west3.rep.googleapis.com/' };
  expect(resolveOptions({ ...TABLE, ...regional }).tablesUrl.href).toBe(
    'https://bigquery.europe-west3.rep.googleapis.com/bigquery/v2/projects/acme-audit/datasets/grantex/tables/',
  );
  const client = clientWith('https://bigquery.example');
  expect(resolveOptions({ ...TABLE, client }).tablesUrl.host).toBe('bigquery.example');
  expect(resolveOptions({ ...TABLE, ...regional, client }).tablesUrl.host).toBe(
    'bigquery.europe-west3.rep.googleapis.com',
  );
});

test('a project of a domain', () => {
  expect(resolveOptions({ ...TABLE, projectId: 'example.com:audit' }).tablesUrl.pathname).toContain(
    '/projects/example.com%3Aaudit/',
  );
});

test('the key is a secret, its lines as well', () => {
  const { secrets } = resolveOptions({ ...TABLE, credentials: { ...CREDENTIALS, private_key_id: '0123456789abcdef' } });
  const [, line] = CREDENTIALS.private_key.split('\n');
  expect(secrets).toEqual([CREDENTIALS.private_key, '0123456789abcdef', line]);
});

const GRPC_CLIENT = { appendRows: () => {} };

test.each<[string, Record<string, unknown>, string]>([
  ['no project', { projectId: undefined }, 'projectId: expected a text, got nothing'],
  ['a path as a project', { projectId: 'projects/acme' }, 'projectId: expected the id of a project'],
  ['a project in the dataset', { datasetId: 'acme-audit.grantex' }, 'datasetId: expected the id of a dataset alone'],
  ['all in the table', { tableId: 'acme-audit.grantex.events' }, 'tableId: expected the id of a table alone'],
  ['a quoted table', { tableId: '`events`' }, 'tableId: expected the id of a table alone'],
  ['an unknown mode', { mode: 'load' }, 'mode: expected one of insert-all, storage-write'],
  ['a text as a flag', { createTable: 'yes' }, 'createTable: expected true or false'],
  ['too many rows', { batchSize: 50_001 }, 'batchSize: expected a whole number from 1 to 50000'],
  ['too many bytes', { maxBatchBytes: 10_000_000 }, 'maxBatchBytes: expected a whole number from 1 to 9437184'],
  [
    'several at a time with storage-write',
    { mode: 'storage-write', concurrency: 2 },
    'concurrency: expected 1, since mode is storage-write, got 2',
  ],
  ['plain http', { apiEndpoint: 'http://bigquery.example' }, 'apiEndpoint: expected https'],
  ['plain http for gRPC', { storageApiEndpoint: 'http://bigquery.example' }, 'storageApiEndpoint: expected https'],
  ['a host without a scheme', { storageApiEndpoint: '127.0.0.1:19051' }, 'storageApiEndpoint: expected a URL'],
  [
    'both kinds of credentials',
    { keyFilename: 'key.json', credentials: CREDENTIALS },
    'credentials: expected keyFilename',
  ],
  ['half a key file', { credentials: { client_email: 'a@b' } }, 'credentials.private_key: expected the contents'],
  [
    'a key that is none',
    { credentials: { ...CREDENTIALS, private_key: 'abc' } },
    'credentials.private_key: expected a private key in PEM',
  ],
  ['a key file as a text', { credentials: JSON.stringify(CREDENTIALS) }, 'credentials: expected texts by name'],
  ['the client of the other mode', { client: GRPC_CLIENT }, 'client: expected a BigQuery of @google-cloud/bigquery'],
  [
    'and the other way round',
    { mode: 'storage-write', client: { authClient: {} } },
    'client: expected a v1.BigQueryWriteClient',
  ],
  ['a misspelt name', { dataSetId: 'x' }, 'dataSetId: expected a known option (did you mean datasetId?)'],
])('%s', (_what, options, message) => {
  const make = (): unknown => new BigQueryDestination({ ...TABLE, ...options });
  expect(make).toThrow(OptionError);
  expect(make).toThrow(message);
});

test('no message shows a key', () => {
  const credentials = { client_email: 'a@b', private_key: 'a-secret-without-armour' };
  const make = (): unknown => new BigQueryDestination({ ...TABLE, credentials, keyFilename: 'k' });
  expect(make).toThrow(/credentials\.private_key/);
  expect(make).not.toThrow(/a-secret-without-armour/);
});

test('the definition: from settings, with problems by name, and a schema for editors', async () => {
  expect(bigqueryDefinition.type).toBe('bigquery');
  expect(bigqueryDefinition.problems({ ...TABLE, mode: 'x' }).map(({ option }) => option)).toEqual(['mode']);
  await using destination = bigqueryDefinition.from({ ...TABLE, credentials: CREDENTIALS });
  expect(destination.name).toBe('bigquery');
  expect(Object.keys(bigqueryDefinition.jsonSchema()?.['properties'] as object)).toEqual(
    expect.arrayContaining(['projectId', 'datasetId', 'tableId', 'mode', 'createTable', 'keyFilename', 'credentials']),
  );
});
