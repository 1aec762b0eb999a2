// Above 300 lines: every frame that may come, and every state of the journal behind it.
import { describe, expect, test } from 'vitest';
import { EventRecord, MemoryJournal, type Journal } from '../../src/index.js';
import { makeEvents, ManualClock } from '@grantex/testing';
import { Intake } from '../../src/stream/intake.js';
import { RecordingLogger } from '../recording-logger.js';

const START = Date.UTC(2026, 2, 1, 12);

/** A journal whose appends do what a test says first, and then what they always do. */
class WatchedJournal extends MemoryJournal {
  /** The ids of each group, as it was appended. */
  readonly groups: string[][] = [];
  attempts = 0;
  /** Looked at before every append; what it throws is what the append rejects with. */
  before: (attempt: number) => Promise<void> | void = () => {};

  override async append(records: readonly EventRecord[]): Promise<void> {
    await this.before(++this.attempts);
    await super.append(records);
    this.groups.push(records.map(({ id }) => id));
  }
}

interface SetUp {
  readonly types?: readonly string[];
  readonly recentIds?: readonly string[];
  readonly isReadingAhead?: () => boolean;
}

async function setUp({ types, recentIds = [], isReadingAhead = () => false }: SetUp = {}) {
  const clock = new ManualClock(START);
  const logger = new RecordingLogger();
  const journal = new WatchedJournal({ clock });
  const cursor = await journal.openCursor('reader', { onReadable: () => {} });
  const heardUntil = (): number => clock.now();
  const intake = new Intake({ journal, types, heardUntil, isReadingAhead, clock, random: () => 0.5, logger });
  intake.open(recentIds);
  const read = async () => (await cursor.read(Infinity)).map(({ text }) => text);
  const letters = () => (journal satisfies Journal).deadLetters.list({ limit: 1_000 });
  return { clock, logger, journal, cursor, intake, read, letters };
}

function eventText(id: string, overrides: Readonly<Record<string, unknown>> = {}): string {
  const data = { grantId: 'grnt_1', cascade: false };
  return JSON.stringify({ id, type: 'grant.revoked', createdAt: '2026-03-01T12:00:00.000Z', data, ...overrides });
}

describe('events', () => {
  test('are appended in order, byte for byte as they came', async () => {
    const { intake, read } = await setUp();
    const texts = [
      `{ "id":"a","type":"x.y", "createdAt":"t","data":{"n":1.0,"s":"\\u00fc"},"more":1 }`,
      eventText('b'),
      eventText('c'),
    ];
    for (const text of texts) intake.onFrame(text);
    await intake.close();
    expect(await read()).toEqual(texts);
    expect(intake.stats()).toEqual({ received: 3, repeated: 0, notEvents: 0 });
  });

  test('of a type that is not in the catalogue are events like any other', async () => {
    const { intake, read } = await setUp();
    intake.onFrame(eventText('a', { type: 'something.new', data: {} }));
    await intake.close();
    expect(await read()).toHaveLength(1);
  });

  test('that come in one go make one group; what comes while that is appended makes the next', async () => {
    const { intake, journal } = await setUp();
    const { promise: synced, resolve: sync } = Promise.withResolvers<void>();
    journal.before = (attempt) => (attempt === 1 ? synced : undefined);
    for (const id of ['a', 'b', 'c']) intake.onFrame(eventText(id));
    await Promise.resolve();
    await Promise.resolve();
    for (const id of ['d', 'e']) intake.onFrame(eventText(id));
    await Promise.resolve();
    intake.onFrame(eventText('f'));
    sync();
    await intake.close();
    expect(journal.groups).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
    ]);
  });

  test('of every kind, by the thousand: none is missing, none is twice, in order', async () => {
    const { intake, read } = await setUp();
    const texts = makeEvents(5_000).map((event) => JSON.stringify(event));
    for (const [index, text] of texts.entries()) {
      intake.onFrame(text);
      if (index % 7 === 0) await Promise.resolve();
    }
    await intake.close();
    expect(await read()).toEqual(texts);
  });
});

describe('JSON over several lines', () => {
  test('becomes one line, since destinations write lines', async () => {
    const { intake, read } = await setUp();
    intake.onFrame(JSON.stringify(JSON.parse(eventText('a')), null, 2));
    await intake.close();
    const [text = ''] = await read();
    expect(text).not.toMatch(/[\r\n]/);
    expect(JSON.parse(text)).toEqual(JSON.parse(eventText('a')));
  });

  test('with a line feed inside a text is no JSON, and is not mended into another event', async () => {
    const { intake, read, letters } = await setUp();
    const frame = eventText('a').replace('grnt_1', 'grnt\n1');
    intake.onFrame(frame);
    await intake.close();
    expect(await read()).toEqual([]);
    expect(await letters()).toMatchObject([{ text: frame, reason: 'not JSON' }]);
  });
});

describe('repeats', () => {
  test('are dropped and counted, also while the first one waits for the journal', async () => {
    const { intake, read } = await setUp();
    intake.onFrame(eventText('a'));
    intake.onFrame(eventText('a'));
    await Promise.resolve();
    intake.onFrame(eventText('a', { data: { grantId: 'grnt_2', cascade: true } }));
    await intake.close();
    expect(await read()).toEqual([eventText('a')]);
    expect(intake.stats()).toEqual({ received: 1, repeated: 2, notEvents: 0 });
  });

  test('of what an earlier run appended are dropped', async () => {
    const { intake, read } = await setUp({ recentIds: ['a'] });
    for (const id of ['a', 'b']) intake.onFrame(eventText(id));
    await intake.close();
    expect(await read()).toEqual([eventText('b')]);
  });
});

describe('types', () => {
  test('that were not asked for are dropped here as well; they are no repeats and no dead letters', async () => {
    const { intake, read, letters } = await setUp({ types: ['grant.revoked'] });
    intake.onFrame(eventText('a', { type: 'grant.created' }));
    intake.onFrame(eventText('b'));
    intake.onFrame(eventText('c', { type: 'grant.revoked ' }));
    intake.onFrame(eventText('d', { type: 'GRANT.REVOKED' }));
    await intake.close();
    expect(await read()).toEqual([eventText('b')]);
    expect(intake.stats()).toEqual({ received: 1, repeated: 0, notEvents: 0 });
    expect(await letters()).toEqual([]);
  });

  test('of a frame that is no event cannot be known, so it is kept', async () => {
    const { intake, letters } = await setUp({ types: ['grant.revoked'] });
    intake.onFrame('not json');
    await intake.close();
    expect(await letters()).toHaveLength(1);
  });
});

describe('frames that are no events', () => {
  test.each([
    ['not json', 'not JSON'],
    ['', 'not JSON'],
    [eventText('a').slice(0, -1), 'not JSON'],
    ['null', 'null'],
    ['42', 'number'],
    ['true', 'boolean'],
    ['"text"', 'string'],
    ['[]', 'array'],
    [`[${eventText('a')}]`, 'array'],
    ['{}', 'no id'],
    [eventText('a', { id: undefined }), 'no id'],
    [eventText('a', { id: 7 }), 'no id'],
    [eventText('a', { id: '' }), 'no id'],
    [eventText('a', { type: undefined }), 'no type'],
    [eventText('a', { type: null }), 'no type'],
    [eventText('a', { createdAt: undefined }), 'no createdAt'],
    [eventText('a', { createdAt: 1_772_366_400_000 }), 'no createdAt'],
    [eventText('a', { data: undefined }), 'no data'],
    [eventText('a', { data: null }), 'no data'],
    [eventText('a', { data: 'text' }), 'no data'],
  ])('%s is kept as text with its reason, %s, and its neighbours are delivered', async (frame, reason) => {
    const { intake, read, letters } = await setUp();
    intake.onFrame(eventText('before'));
    intake.onFrame(frame);
    intake.onFrame(eventText('after'));
    await intake.close();
    expect(await read()).toEqual([eventText('before'), eventText('after')]);
    const [letter, ...more] = await letters();
    expect(more).toEqual([]);
    expect(letter).toEqual({
      number: 1,
      destination: 'stream',
      text: frame,
      code: 'NOT_AN_EVENT',
      reason: expect.stringContaining(reason) as string,
      attempts: 0,
      firstAt: START,
      lastAt: START,
    });
    expect(intake.stats()).toEqual({ received: 2, repeated: 0, notEvents: 1 });
  });

  test('too long ones are kept with their beginning', async () => {
    const { intake, letters } = await setUp();
    intake.onOversize(`data: ${'x'.repeat(100)}`);
    await intake.close();
    expect(await letters()).toMatchObject([
      { text: `data: ${'x'.repeat(100)}`, reason: expect.stringContaining('8 MiB') as string },
    ]);
  });

  test('of a flood are counted all, logged once, and kept within bounds', async () => {
    const { intake, letters, logger } = await setUp();
    for (let count = 0; count < 5_000; count++) intake.onFrame(`junk ${count} ${'x'.repeat(100_000)}`);
    await intake.close();
    expect(intake.stats().notEvents).toBe(5_000);
    const kept = await letters();
    expect(kept.length).toBeLessThan(1_001);
    expect(kept.every(({ text }) => text.length <= 65_536)).toBe(true);
    expect(kept.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(10_000_000);
    expect(kept.at(-1)?.text).toContain('junk 4999 ');
    expect(logger.loud).toHaveLength(1);
    expect(logger.loud[0]).not.toContain('junk');
  });
});

describe('a journal that fails', () => {
  test('is asked again and again, after growing pauses, and nothing is lost, doubled or out of order', async () => {
    const { clock, intake, journal, read, logger } = await setUp();
    journal.before = (attempt) => {
      if (attempt <= 5) throw new Error('the disk is full');
    };
    for (const id of ['a', 'b']) intake.onFrame(eventText(id));
    const pauses: number[] = [];
    for (let failure = 1; failure <= 5; failure++) {
      pauses.push(await clock.runNext());
      intake.onFrame(eventText(`later ${failure}`));
    }
    await intake.close();
    // Half of 100, 200, 400 … since chance is one half.
    expect(pauses).toEqual([50, 100, 200, 400, 800]);
    expect((await read()).map((text) => (JSON.parse(text) as { id: string }).id)).toEqual([
      'a',
      'b',
      'later 1',
      'later 2',
      'later 3',
      'later 4',
      'later 5',
    ]);
    expect(intake.stats().received).toBe(7);
    expect(logger.loud).toEqual([
      'error: journal: cannot take events, which wait in memory meanwhile: the disk is full',
    ]);
  });

  test('holds the connections back when 16 MiB wait, and lets them go on when it works again', async () => {
    const { clock, intake, journal } = await setUp();
    journal.before = (attempt) => {
      if (attempt === 1) throw new Error('busy');
    };
    const megabyte = 'x'.repeat(1_048_576);
    for (let count = 0; count < 16; count++) intake.onFrame(eventText(`${count}`, { data: { reason: megabyte } }));
    for (let count = 0; count < 2; count++) intake.onFrame(eventText(`more ${count}`, { data: { reason: megabyte } }));
    const pressure = intake.backpressure();
    expect(pressure).toBeInstanceOf(Promise);
    await clock.runNext();
    await pressure;
    expect(intake.backpressure()).toBeUndefined();
    expect(intake.stats().received).toBe(18);
  });

  test('because it was closed is asked no more: nothing waits on after the end', async () => {
    const { clock, intake, journal } = await setUp();
    await journal.close();
    intake.onFrame(eventText('a'));
    await clock.advance(60_000);
    expect(clock.waiting.count).toBe(0);
    expect(intake.stats().received).toBe(0);
  });
});

test('without pressure nothing holds the connections back', async () => {
  const { intake } = await setUp();
  expect(intake.backpressure()).toBeUndefined();
  intake.onFrame(eventText('a'));
  expect(intake.backpressure()).toBeUndefined();
  await intake.close();
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function setUpCostly() {
  const parts = await setUp();
  Object.assign(parts.journal, { appendIntervalMs: 5 });
  return parts;
}

describe('a journal for which each append costs something', () => {
  test('is given the first event at once, and together what comes within its interval', async () => {
    const { clock, journal, intake } = await setUpCostly();
    for (const id of ['a', 'b', 'c']) {
      intake.onFrame(eventText(id));
      await turn();
    }
    expect(journal.groups).toEqual([['a']]);
    await clock.advance(4);
    expect(journal.groups).toEqual([['a']]);
    await clock.advance(1);
    expect(journal.groups).toEqual([['a'], ['b', 'c']]);
    await clock.advance(100);
    intake.onFrame(eventText('d'));
    await turn();
    expect(journal.groups).toEqual([['a'], ['b', 'c'], ['d']]);
    await intake.close();
  });

  test('is given the rest at once when the intake is closed', async () => {
    const { journal, intake } = await setUpCostly();
    intake.onFrame(eventText('a'));
    await turn();
    intake.onFrame(eventText('b'));
    await intake.close();
    expect(journal.groups).toEqual([['a'], ['b']]);
  });
});

/** Tells whether a promise has settled. There has to be one. */
function watch(promise: Promise<void> | undefined): { readonly isOver: boolean } {
  if (promise === undefined) throw new Error('nothing to wait for');
  const watched = { isOver: false };
  void promise.then(() => (watched.isOver = true));
  return watched;
}

describe('in a burst', () => {
  /** 65,536 characters, and more. */
  const manyTexts = Array.from({ length: 8 }, (_, number) => eventText(`e${number}`, { padding: 'x'.repeat(8_192) }));

  test('the deliveries have their turn after every 64 KiB, for 8 ms at most, while all are behind', async () => {
    const { clock, intake } = await setUp({ isReadingAhead: () => true });
    for (const text of manyTexts.slice(0, 7)) intake.onFrame(text);
    expect(intake.giveWay()).toBeUndefined();
    intake.onFrame(manyTexts[7] ?? '');
    const theirs = watch(intake.giveWay());
    expect(intake.giveWay()).toBeUndefined(); // One turn each time.
    await clock.advance(7);
    expect(theirs.isOver).toBe(false);
    await clock.advance(1);
    expect(theirs.isOver).toBe(true);
    await intake.close();
  });

  test('their turn ends as soon as one of them has caught up', async () => {
    let isBehind = true;
    const { clock, intake } = await setUp({ isReadingAhead: () => isBehind });
    for (const text of manyTexts) intake.onFrame(text);
    const theirs = watch(intake.giveWay());
    await clock.advance(1);
    expect(theirs.isOver).toBe(false);
    isBehind = false;
    await clock.advance(1);
    expect(theirs.isOver).toBe(true);
    await intake.close();
  });

  test('a journal that cannot follow has its turn too, whatever the deliveries do', async () => {
    const { clock, journal, intake } = await setUp();
    const { promise: written, resolve: write } = Promise.withResolvers<void>();
    journal.before = () => written;
    for (let index = 0; index < 15; index++) intake.onFrame(eventText(`f${index}`, { padding: 'x'.repeat(65_536) }));
    expect(intake.giveWay()).toBeUndefined();
    for (let index = 0; index < 2; index++) intake.onFrame(eventText(`g${index}`, { padding: 'x'.repeat(65_536) }));
    const theirs = watch(intake.giveWay());
    await clock.advance(1);
    expect(theirs.isOver).toBe(false);
    write();
    await clock.advance(1);
    expect(theirs.isOver).toBe(true);
    await intake.close();
  });

  test('nothing is held back while one of them keeps up', async () => {
    const { intake } = await setUp();
    for (const text of manyTexts) intake.onFrame(text);
    expect(intake.giveWay()).toBeUndefined();
    await intake.close();
  });
});

/** An intake whose journal is not open yet. */
async function setUpClosed() {
  const clock = new ManualClock(START);
  const journal = new WatchedJournal({ clock });
  const heard = { until: undefined as number | undefined };
  const intake = new Intake({
    journal,
    types: undefined,
    heardUntil: () => heard.until,
    isReadingAhead: () => false,
    clock,
    random: () => 0.5,
    logger: new RecordingLogger(),
  });
  return { journal, intake, heard };
}

describe('before the journal is open', () => {
  test('events wait, and are appended when it is', async () => {
    const { journal, intake } = await setUpClosed();
    for (const id of ['a', 'b']) intake.onFrame(eventText(id));
    await Promise.resolve();
    expect(journal.groups).toEqual([]);
    intake.open([]);
    await intake.close();
    expect(journal.groups).toEqual([['a', 'b']]);
  });

  test('what another process has appended meanwhile, or remembers, is not appended again', async () => {
    const { journal, intake } = await setUpClosed();
    for (const id of ['a', 'b', 'c', 'd']) intake.onFrame(eventText(id));
    intake.dropAppended(['a', 'x']);
    intake.open(['b', 'a', 'x']);
    for (const id of ['x', 'a', 'e']) intake.onFrame(eventText(id));
    await intake.close();
    expect(journal.groups.flat()).toEqual(['c', 'd', 'e']);
  });

  test('connections are read no further while too much waits, until some of it turns out to be there', async () => {
    const { intake } = await setUpClosed();
    const data = { grantId: 'g'.repeat(6_000_000), cascade: false };
    for (const id of ['a', 'b', 'c']) intake.onFrame(eventText(id, { data }));
    const pressure = intake.backpressure();
    expect(pressure).toBeInstanceOf(Promise);
    intake.dropAppended(['a']);
    await pressure;
    expect(intake.backpressure()).toBeUndefined();
    intake.open([]);
    await intake.close();
  });

  test('with a group the journal learns up to when everything came, and without one when it is quiet', async () => {
    const { journal, intake, heard } = await setUpClosed();
    const noted: (number | undefined)[] = [];
    journal.noteHeard = async (until?: number) => void noted.push(until);
    journal.append = async (_records, until?: number) => void noted.push(until);
    intake.open([]);
    await intake.noteHeard();
    heard.until = 500;
    intake.onFrame(eventText('a'));
    await intake.noteHeard(); // Something is under way: nothing is said for now.
    await new Promise((resolve) => setImmediate(resolve));
    heard.until = 700;
    await intake.noteHeard();
    await intake.noteHeard();
    expect(noted).toEqual([500, 700]);
  });

  test.each([
    { lateMs: [200], behindMs: 0 },
    { lateMs: [200, 5_200], behindMs: 4_000 },
    { lateMs: [9_000, 9_200], behindMs: 0 }, // The clocks differ.
  ])('at the end it learns that too, earlier when events were late: $lateMs ms', async ({ lateMs, behindMs }) => {
    const clock = new ManualClock(START);
    const journal = new MemoryJournal({ clock });
    const noted: (number | undefined)[] = [];
    journal.noteHeard = async (until?: number) => void noted.push(until);
    const logger = new RecordingLogger();
    const heardUntil = (delayMs: number): number => START - delayMs;
    const intake = new Intake({
      journal,
      types: undefined,
      heardUntil,
      isReadingAhead: () => false,
      clock,
      random: () => 0.5,
      logger,
    });
    intake.open([]);
    for (const late of lateMs) {
      intake.onFrame(eventText(`e${late}`, { createdAt: new Date(START - late).toISOString() }));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await intake.close();
    expect(noted).toEqual([START - behindMs]);
  });
});
