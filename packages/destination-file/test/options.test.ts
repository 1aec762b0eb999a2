import { join } from 'node:path';
import { OptionError } from '@grantex/core';
import { expect, test } from 'vitest';
import { FileDestination, fileDefinition } from '../src/index.js';
import { FILE_DEFAULTS, resolveOptions } from '../src/options.js';

const path = '/var/log/grantex/audit.ndjson';

/** The lines of the error that these options, from a program without types, are refused with. */
function complaints(options: Readonly<Record<string, unknown>>): string[] {
  try {
    resolveOptions(options as never);
  } catch (error) {
    if (error instanceof OptionError) return error.message.split('\n');
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('defaults', () => {
  expect(resolveOptions({ path })).toEqual({
    path,
    file: path,
    name: 'file',
    fsync: true,
    batchSize: 1_000,
    maxBatchBytes: 1_000_000,
    flushIntervalMs: 1_000,
    timeoutMs: 30_000,
    concurrency: 1,
    retry: { initialMs: 500, maxMs: 30_000, holdMs: 5_000, maxHoldMs: 60_000 },
  });
});

test.each([
  ['-', undefined],
  ['stdout', undefined],
  ['/dev/stdout', undefined],
  ['./stdout', join(process.cwd(), 'stdout')],
  ['audit.ndjson', join(process.cwd(), 'audit.ndjson')],
  ['/a/../b.log', '/b.log'],
])('path %s leads to %s', (given, file) => {
  expect(resolveOptions({ path: given }).file).toBe(file);
});

test('a batch is never larger than a file', () => {
  expect(resolveOptions({ path, maxFileBytes: 5_000 }).maxBatchBytes).toBe(5_000);
  expect(resolveOptions({ path, maxFileBytes: 5_000, maxBatchBytes: 2_000 }).maxBatchBytes).toBe(2_000);
  expect(resolveOptions({ path, maxFileBytes: 50_000_000 }).maxBatchBytes).toBe(1_000_000);
});

const EXPECTED_PATH = 'path: expected the path of a file, or - for the standard output';

test.each([
  [{}, ['path: expected a text, got nothing']],
  [{ path: '' }, [expect.stringMatching(/^path: expected a text/)]],
  [{ path: '/var/log/' }, [`${EXPECTED_PATH}, got the path of a directory`]],
  [{ path: '~/audit.ndjson' }, [`${EXPECTED_PATH}, got a path with ~, which is not understood here`]],
  [{ path: 'a\0b' }, [`${EXPECTED_PATH}, got a text with a NUL character`]],
  [{ path, maxFileBytes: 999 }, [`maxFileBytes: expected a whole number from 1000 to ${2 ** 53 - 1}, got 999`]],
  [{ path, rotate: 'week' }, ['rotate: expected one of hour, day, got "week"']],
  [{ path, keepFiles: 0, rotate: 'day' }, ['keepFiles: expected a whole number from 1 to 100000, got 0']],
  [{ path, keepFiles: 7 }, ['keepFiles: expected maxFileBytes or rotate beside it, got nothing']],
  [
    { path: '-', rotate: 'day', keepFiles: 7 },
    [
      'rotate: expected a file in path, got the standard output, which is no file to rename',
      'keepFiles: expected a file in path, got the standard output, which is no file to rename',
    ],
  ],
  [{ path, fsync: 'yes' }, ['fsync: expected true or false, got a text of 3 characters']],
  [{ path, maxfilebytes: 5_000 }, [expect.stringContaining('did you mean maxFileBytes?')]],
])('%j is refused', (options, lines) => {
  expect(complaints(options)).toEqual(lines);
});

test('the definition: from settings to a destination, and nothing is opened', async () => {
  expect(fileDefinition.type).toBe(FILE_DEFAULTS.kind);
  await using destination = fileDefinition.from({ path: '/no/such/directory/x', name: 'audit' });
  expect(destination).toBeInstanceOf(FileDestination);
  expect(destination.name).toBe('audit');
  expect(fileDefinition.problems({ path, rotate: 'hour', maxFileBytes: 1_000_000, keepFiles: 24 })).toEqual([]);
  expect(fileDefinition.problems({ pth: path })).toEqual([
    { option: 'path', expected: 'a text', got: 'nothing' },
    { option: 'pth', expected: 'a known option', got: 'an unknown one', suggestion: 'path' },
  ]);
  expect(fileDefinition.jsonSchema()).toMatchObject({
    required: ['path'],
    additionalProperties: false,
    properties: { rotate: { enum: ['hour', 'day'] }, fsync: { default: true } },
  });
});
