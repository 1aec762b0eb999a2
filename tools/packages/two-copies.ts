import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EventServer, HttpReceiver, makeEvents, type ReceivedRequest } from '@grantex/testing';
import { Program } from '../guides/program.ts';
import { type Project, writeJson } from '../guides/project.ts';
import { expectSame } from '../guides/stage.ts';

/** Packages of ours that bring a copy of core of their own, and its version: one older, one newer. */
const NESTED = { 'destination-http': '0.0.1', 'journal-sqlite': '99.0.0' } as const;

const SHARED = [
  '@grantex/core',
  '@grantex/destination-http',
  '@grantex/journal-sqlite',
  'undici',
  'eventsource-parser',
  'ws',
];

/** Until events have to be there. */
const PATIENCE = { timeoutMs: 20_000 };

const PROGRAM = `
import { EventSource, isDestinationDefinition, OptionError } from '@grantex/core';
import { httpDefinition, HttpDestination } from '@grantex/destination-http';
import { SqliteJournal } from '@grantex/journal-sqlite';

let error;
try { new HttpDestination({ url: 'nowhere' }); } catch (thrown) { error = thrown; }
console.log(JSON.stringify([error.code, error instanceof OptionError, isDestinationDefinition(httpDefinition)]));

const { EVENTS_URL: url, EVENTS_KEY: apiKey, HTTP_URL } = process.env;
const source = new EventSource({ url, apiKey, journal: new SqliteJournal({ path: 'copies.db' }) });
source.addDestination(new HttpDestination({ url: HTTP_URL, flushIntervalMs: 50 }));
process.once('SIGTERM', () => source.stop());
await source.start();
`;

/** What a program with three copies of core did. */
export interface CopiesRun {
  /** Lines on the standard error. */
  readonly lines: readonly string[];
  /** The code of an error of another copy, whether it is an instance of ours, whether its definition is recognised. */
  readonly seen: readonly unknown[];
  readonly versions: readonly string[];
}

/** A project in which core is there three times: its own, and one in each of two packages. Events go through all of them. */
export async function runWithCopies(installed: Project, folder: string): Promise<CopiesRun> {
  const modules = join(folder, 'node_modules');
  for (const name of SHARED) {
    await cp(join(installed.folder, 'node_modules', name), join(modules, name), { recursive: true });
  }
  const core = join(modules, '@grantex/core');
  const manifest = JSON.parse(await readFile(join(core, 'package.json'), 'utf8')) as { readonly version: string };
  for (const [name, version] of Object.entries(NESTED)) {
    const nested = join(modules, '@grantex', name, 'node_modules/@grantex/core');
    await mkdir(nested, { recursive: true });
    await cp(core, nested, { recursive: true });
    await writeJson(join(nested, 'package.json'), { ...manifest, version });
  }
  await writeFile(join(folder, 'copies.mjs'), PROGRAM);
  return { ...(await deliver(folder, installed.signal)), versions: [manifest.version, ...Object.values(NESTED)] };
}

async function deliver(folder: string, signal: AbortSignal): Promise<Omit<CopiesRun, 'versions'>> {
  const server = await EventServer.start();
  const receiver = await HttpReceiver.start({ parse: idsIn });
  try {
    const env = { EVENTS_URL: server.url, EVENTS_KEY: server.key, HTTP_URL: receiver.url };
    await using program = new Program(process.execPath, ['copies.mjs'], { folder, env, signal });
    await program.during(server.subscribed(1, PATIENCE));
    const events = makeEvents(20, { startTime: Date.now() });
    server.publish(events);
    await program.during(receiver.waitFor(events.length, PATIENCE));
    const { exitCode, stdout, stderr } = await program.terminate();
    expectSame('exit code', [exitCode], [0]);
    const ids = events.map(({ id }) => id);
    expectSame('events through three copies', receiver.ids, ids);
    const lines = stderr.split('\n').filter((line) => line.startsWith('grantex '));
    return { lines, seen: JSON.parse(stdout) as unknown[] };
  } finally {
    await Promise.all([server.close(), receiver.close()]);
  }
}

function idsIn({ body }: ReceivedRequest): string[] {
  const parsed = JSON.parse(body.toString()) as { readonly id: string } | readonly { readonly id: string }[];
  return [parsed].flat().map(({ id }) => id);
}

/** Errors and definitions are matched by what all copies share. */
export function expectMatched({ seen }: CopiesRun): void {
  expectSame('code, instanceof, definition', seen, ['OPTION_INVALID', false, true]);
}

/** One line of the log, once, with every copy's version and folder. */
export function expectTold({ lines, versions }: CopiesRun): void {
  expectSame('lines in the log', [lines.length], [1]);
  const [line = ''] = lines;
  const wanted = [`${versions.length} copies of @grantex/core`, ...versions, 'node_modules/@grantex/core', 'npm ls'];
  const missing = wanted.filter((words) => !line.includes(words));
  if (missing.length > 0) throw new Error(`expected ${missing.join(', ')} in:\n${line}`);
}
