import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';

interface Loaded {
  readonly imported: readonly string[];
  readonly constructed: readonly string[];
  readonly used: Readonly<Record<string, readonly string[]>>;
}

/** The clients of others, and what belongs to them. */
const HEAVY = /^(@aws-sdk|@smithy|@google-cloud|google-|@grpc|kafkajs|@platformatic)/;

let loaded: Loaded;

// A process of its own, with the built umbrella: what the sources load here says nothing of what a user gets.
beforeAll(() => {
  const program = join(import.meta.dirname, 'loaded-modules.mjs');
  loaded = JSON.parse(execFileSync(process.execPath, [program], { encoding: 'utf8', timeout: 60_000 })) as Loaded;
}, 60_000);

test('importing the umbrella loads what the core needs, and no client', () => {
  expect(loaded.imported).toContain('undici');
  expect(loaded.imported.filter((name) => HEAVY.test(name))).toEqual([]);
});

test('constructing every destination loads nothing more', () => {
  expect(loaded.constructed).toEqual([]);
});

test.each([
  ['s3', '@aws-sdk/client-s3'],
  ['bigquery', '@google-cloud/bigquery-storage'],
  ['kafka', 'kafkajs'],
  ['platformatic', '@platformatic/kafka'],
])('%s loads its client when it is first used', (name, client) => {
  expect(loaded.used[name]).toContain(client);
});

test.each(['datadog', 'splunk', 'loki', 'http', 'file'])('%s never loads one', (name) => {
  expect(loaded.used[name]).toEqual([]);
});
