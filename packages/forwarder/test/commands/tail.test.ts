import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { EventRecord } from '@grantex/core';
import { SqliteJournal } from '@grantex/journal-sqlite';
import { makeEvent, makeEvents, type TestEvent } from '@grantex/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tailCommand } from '../../src/commands/tail.js';
import { TestContext, until } from './terminal-context.js';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tail-'));
  await settingsWith({});
});

afterEach(() => rm(folder, { recursive: true }));

async function settingsWith({
  journal = {},
  sources = ['production'],
}: {
  journal?: object;
  sources?: string[];
}): Promise<void> {
  const settings = {
    sources: Object.fromEntries(sources.map((name) => [name, { url: 'http://127.0.0.1:9', apiKey: 'key' }])),
    journal: { folder: './state', ...journal },
    destinations: { http: { url: 'http://127.0.0.1:9' } },
  };
  await writeFile(join(folder, 'grantex-forwarder.json'), JSON.stringify(settings));
}

/** A journal that somebody writes; nothing is deleted from it, since its only reader settles nothing. */
class Writer implements AsyncDisposable {
  readonly #journal: SqliteJournal;

  private constructor(journal: SqliteJournal) {
    this.#journal = journal;
  }

  static async open(source = 'production'): Promise<Writer> {
    await mkdir(join(folder, 'state'), { recursive: true });
    const journal = new SqliteJournal({ path: join(folder, 'state', `${source}.db`) });
    await journal.open({ onOverrun: () => {}, onFilling: () => {} });
    await journal.openCursor('reader', { onReadable: () => {} });
    return new Writer(journal);
  }

  append(events: readonly TestEvent[]): Promise<void> {
    return this.#journal.append(events.map((event) => new EventRecord(event.id, JSON.stringify(event))));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#journal.close();
  }
}

const idsOf = (events: readonly TestEvent[]): string[] => events.map(({ id }) => id);
const printedIds = (context: TestContext): string[] => context.lines.map((line) => JSON.parse(line).id);

test('in a pipe: each event as it came, from now on, while another process writes', async () => {
  await using journal = await Writer.open();
  await journal.append(makeEvents(5));
  const context = new TestContext({ folder });
  const done = context.run(tailCommand);
  const later = [makeEvent('grant.created'), makeEvent('grant.revoked')];
  // It has looked where the journal ends when the first of many is printed.
  const beginning: TestEvent[] = [];
  await until(
    () => {
      const event = makeEvent('token.issued');
      beginning.push(event);
      void journal.append([event]);
      return context.lines.length > 0;
    },
    () => 'nothing was printed',
  );
  await journal.append(later);
  await until(
    () => printedIds(context).at(-1) === later[1]?.id,
    () => context.out,
  );
  context.end();
  await done;
  const printed = printedIds(context);
  expect(printed).toStrictEqual([...idsOf(beginning), ...idsOf(later)].slice(-printed.length));
  expect(JSON.parse(context.lines.at(-1) ?? '')).toStrictEqual(later[1]);
});

test('--last n --no-follow: the newest n that are wanted, oldest first, also when nobody writes any more', async () => {
  const events = makeEvents(400, { types: ['token.issued', 'grant.revoked', 'budget.threshold'] });
  {
    await using journal = await Writer.open();
    for (let from = 0; from < events.length; from += 50) await journal.append(events.slice(from, from + 50));
  }
  const context = new TestContext({ folder });
  await context.run(tailCommand, '--last', '7', '--no-follow');
  expect(printedIds(context)).toStrictEqual(idsOf(events.slice(-7)));

  const some = new TestContext({ folder });
  await some.run(tailCommand, '--last', '30', '--no-follow', '--types', 'grant.*, !token.*');
  const wanted = events.filter(({ type }) => type === 'grant.revoked');
  expect(printedIds(some)).toStrictEqual(idsOf(wanted.slice(-30)));

  const all = new TestContext({ folder });
  await all.run(tailCommand, '--last', '1000', '--no-follow');
  expect(printedIds(all)).toStrictEqual(idsOf(events));
});

test('--last n goes on with what comes', async () => {
  await using journal = await Writer.open();
  const events = makeEvents(10);
  await journal.append(events);
  const context = new TestContext({ folder });
  const done = context.run(tailCommand, '--last', '3');
  await until(
    () => context.lines.length === 3,
    () => context.out,
  );
  const next = makeEvent();
  await journal.append([next]);
  await until(
    () => context.lines.length === 4,
    () => context.out,
  );
  context.end();
  await done;
  expect(printedIds(context)).toStrictEqual(idsOf([...events.slice(-3), next]));
});

test('on a terminal: a short line for each event, without what would move the cursor', async () => {
  {
    await using journal = await Writer.open();
    const data = { grantId: 'grnt_1', agentId: 'ag_1', principalId: 'user_1\u001b[2J', scopes: ['a', 'b'] };
    await journal.append([makeEvent('grant.created', { createdAt: '2026-03-01T12:03:04.123Z', id: 'evt_1', data })]);
  }
  const wide = new TestContext({ folder, terminal: { columns: 200, rows: 24 } });
  await wide.run(tailCommand, '--last', '1', '--no-follow');
  expect(wide.out).toMatch(
    /^12:03:04\.123 {2}grant\.created +evt_1 {2}agent=ag_1 principal=user_1 grant=grnt_1 scopes=a,b\n$/,
  );
  expect(wide.raw.includes('\u001b[2J')).toBe(false);
  expect(wide.raw.includes('\u001b[')).toBe(true);

  const json = new TestContext({ folder, terminal: { columns: 40, rows: 24 } });
  await json.run(tailCommand, '--last', '1', '--no-follow', '--json');
  expect(printedIds(json)).toStrictEqual(['evt_1']);
});

test('several sources: each line says its own, and --source chooses', async () => {
  await settingsWith({ sources: ['europe', 'asia'] });
  for (const source of ['europe', 'asia']) {
    await using journal = await Writer.open(source);
    await journal.append([makeEvent('grant.created', { id: `evt_${source}` })]);
  }
  const both = new TestContext({ folder, terminal: { columns: 200, rows: 24 } });
  await both.run(tailCommand, '--last', '1', '--no-follow');
  const labels = both.lines.map((line) => /(europe|asia) {2}.*evt_(europe|asia)/.exec(line)?.slice(1).join(' '));
  expect(new Set(labels)).toStrictEqual(new Set(['asia asia', 'europe europe']));
  const one = new TestContext({ folder });
  await one.run(tailCommand, '--last', '1', '--no-follow', '--source', 'asia');
  expect(printedIds(one)).toStrictEqual(['evt_asia']);
  await expect(one.run(tailCommand, '--source', 'africa')).rejects.toThrow(/no source "africa".*europe, asia/);
});

test('started before the forwarder: waits for the journal, and misses nothing', async () => {
  const context = new TestContext({ folder });
  const done = context.run(tailCommand);
  await until(
    () => context.err.includes('no journal yet'),
    () => context.err,
  );
  await using journal = await Writer.open();
  const events = makeEvents(3);
  await journal.append(events);
  await until(
    () => context.lines.length === 3,
    () => context.out,
  );
  context.end();
  await done;
  expect(printedIds(context)).toStrictEqual(idsOf(events));
});

test('what cannot be read is told', async () => {
  const context = new TestContext({ folder });
  await expect(context.run(tailCommand, '--no-follow', '--last', '5')).rejects.toThrow(/has no journal yet/);
  await expect(context.run(tailCommand, '--types', 'grant created')).rejects.toThrow(/--types: expected/);
  await settingsWith({ journal: { type: 'memory' } });
  await expect(context.run(tailCommand)).rejects.toThrow(/journal is in memory/);
});

/** Its standard output fails at the first line. */
const failing = (code: string): TestContext => {
  const error = Object.assign(new Error(`write ${code}`), { code });
  return new TestContext({
    folder,
    stdout: new PassThrough({ transform: (_chunk, _encoding, done) => done(error) }),
  });
};

test('a reader that goes away ends it without a word; a full disk does not', async () => {
  {
    await using journal = await Writer.open();
    await journal.append(makeEvents(50));
  }
  await failing('EPIPE').run(tailCommand, '--last', '50');
  await expect(failing('ENOSPC').run(tailCommand, '--last', '50')).rejects.toThrow(/cannot print: write ENOSPC/);
});
