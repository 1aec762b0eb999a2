import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tellCopies } from '../src/copies.js';
import { RecordingLogger } from './recording-logger.js';

interface Copies {
  readonly urls: Set<string>;
  isTold: boolean;
}

const copies = (globalThis as unknown as Record<symbol, Copies>)[Symbol.for('grantex.core.copies.1')]!;
const own = [...copies.urls];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grantex-copies-'));
});

afterEach(async () => {
  copies.urls.clear();
  for (const url of own) copies.urls.add(url);
  copies.isTold = false;
  await rm(folder, { recursive: true, force: true });
});

test('one copy of this package: nothing is said', () => {
  const logger = new RecordingLogger();
  tellCopies(logger);
  expect(logger.lines).toEqual([]);
});

test('another copy in the process is told once, with its version and its folder', async () => {
  await mkdir(join(folder, 'dist'));
  await writeFile(join(folder, 'package.json'), '{ "version": "0.9.3" }');
  copies.urls.add(pathToFileURL(join(folder, 'dist/index.js')).href);
  const logger = new RecordingLogger();
  tellCopies(logger);
  tellCopies(logger);
  expect(logger.lines).toHaveLength(1);
  expect(JSON.stringify(logger.lines)).toContain(`0.9.3 in ${folder}`);
  expect(JSON.stringify(logger.lines)).toContain('2 copies of @grantex/core are loaded');
});

test('a copy that was put into one file with other code is told by its place alone', () => {
  copies.urls.add(pathToFileURL(join(folder, 'bundle/index.js')).href);
  const logger = new RecordingLogger();
  tellCopies(logger);
  expect(JSON.stringify(logger.lines)).toContain(`, ${folder}. Events`);
});
