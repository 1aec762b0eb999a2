import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import test from 'node:test';
import { OptionError } from '@grantex/core';
import { acmeDefinition, AcmeDestination, type AcmeOptions } from '../src/index.js';
import { resolveOptions } from '../src/options.js';

const url = 'https://acme.example/v1/events';
const apiKey = 'a-key-of-acme';

test('defaults', () => {
  const { name, source, batchSize, maxBatchBytes, timeoutMs, secrets } = resolveOptions({ url, apiKey });
  deepEqual(
    { name, source, batchSize, maxBatchBytes, timeoutMs, secrets },
    {
      name: 'acme',
      source: 'grantex',
      batchSize: 100,
      maxBatchBytes: 1_000_000,
      timeoutMs: 15_000,
      secrets: [apiKey],
    },
  );
});

const WRONG: readonly (readonly [string, object])[] = [
  ['url', { apiKey }],
  ['url', { url: 'acme.example', apiKey }],
  ['url', { url: 'http://acme.example', apiKey }], // the key would be readable on the way
  ['apiKey', { url }],
  ['apiKey', { url, apiKey: '' }],
  ['batchSize', { url, apiKey, batchSize: 1_001 }],
  ['maxBatchBytes', { url, apiKey, maxBatchBytes: 5_000_001 }],
  ['sorce', { url, apiKey, sorce: 'grantex' }],
];

for (const [option, options] of WRONG) {
  test(`${JSON.stringify(options)}: ${option} is wrong, and no value is told`, () => {
    throws(
      () => new AcmeDestination(options as AcmeOptions),
      (error) => {
        ok(error instanceof OptionError);
        deepEqual(error.message.match(/^\w+(?=:)/gm), [option]);
        return !error.message.includes(apiKey);
      },
    );
  });
}

test('from a file of settings', async () => {
  deepEqual(acmeDefinition.problems({ url, apiKey }), []);
  equal(acmeDefinition.type, 'acme');
  await using destination = acmeDefinition.from({ url, apiKey, name: 'security' });
  equal(destination.name, 'security');
});
