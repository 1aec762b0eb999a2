import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { datadogReceiver, HttpReceiver, makeEvents } from '@grantex/testing';
import { expect, test } from 'vitest';
import type { DestinationSettings } from '../../src/settings/settings.js';
import { until } from '../commands/terminal-context.js';
import { destinationSettings, keptFile, keptFiles, ndjson, newFolder, ReplayRun } from './replay-rig.js';

const QUICK = { retry: { initialMs: 1, maxMs: 5, holdMs: 5, maxHoldMs: 5 }, timeoutMs: 2_000 };
const NOW = Date.now();

function idsOf(events: readonly { readonly id: string }[]): string[] {
  return events.map(({ id }) => id);
}

/** A service that takes NDJSON. */
function ndjsonReceiver(): Promise<HttpReceiver> {
  return HttpReceiver.start({
    parse: ({ body }) =>
      body
        .toString()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { readonly id: string }).id),
  });
}

function http(receiver: HttpReceiver, options: Readonly<Record<string, unknown>> = {}) {
  return destinationSettings('http', { url: `${receiver.url}/events`, format: 'ndjson', ...QUICK, ...options });
}

test('files of a folder in the order of their names, packed or not, whatever they are called', async () => {
  const folder = await newFolder();
  await using receiver = await datadogReceiver();
  const events = makeEvents(900, { startTime: NOW });
  await mkdir(join(folder, 'archive/dt=2026-03-02'), { recursive: true });
  const [one, two, three] = [events.slice(0, 300), events.slice(300, 600), events.slice(600)];
  await writeFile(join(folder, 'archive/a.ndjson'), ndjson(one));
  await writeFile(join(folder, 'archive/b.txt'), gzipSync(ndjson(two)));
  // Two frames, as appending makes them.
  const frames = [three.slice(0, 100), three.slice(100)].map((part) => zstdCompressSync(ndjson(part)));
  await writeFile(join(folder, 'archive/dt=2026-03-02/c'), Buffer.concat(frames));
  await writeFile(join(folder, 'archive/.hidden'), 'not for us\n');
  const datadog = destinationSettings('datadog', { apiKey: receiver.apiKey, endpoint: receiver.url, ...QUICK });
  const run = new ReplayRun(folder, datadog, ['archive']);
  await run.ended;
  expect(run.report).toMatchObject({
    done: true,
    files: 3,
    lines: 900,
    delivered: 900,
    dead_lettered: 0,
    not_events: 0,
  });
  expect(receiver.ids).toEqual(idsOf(events));
  expect(await keptFiles(folder)).toEqual([]);
});

test('stopped in the middle, the same command goes on: nothing is missing, and repeats are what was on its way', async () => {
  const folder = await newFolder();
  await using receiver = await ndjsonReceiver();
  const events = makeEvents(12_000, { startTime: NOW });
  await writeFile(join(folder, 'one.ndjson'), ndjson(events.slice(0, 7_000)));
  await writeFile(join(folder, 'two.ndjson.gz'), gzipSync(ndjson(events.slice(7_000))));
  const names = ['one.ndjson', 'two.ndjson.gz'];
  const destination = http(receiver, { batchSize: 500 });

  for (const stopAt of [3_000, 9_000]) {
    // From there on nothing is answered, as with a service that hangs: what is on its way stays so.
    receiver.answer(() => (receiver.counts.distinctIds >= stopAt ? { hang: true } : { status: 200 }));
    const run = new ReplayRun(folder, destination, names);
    await receiver.waitFor(() => receiver.counts.distinctIds >= stopAt);
    await until(
      () => run.context.err.includes('delivered') || receiver.requests.at(-1)?.status === undefined,
      () => run.context.err,
    );
    run.context.end();
    await expect(run.ended).rejects.toThrow('stopped; the same command goes on here');
    expect(run.report).toMatchObject({ done: false });
    expect(await keptFiles(folder)).toEqual([expect.stringMatching(/^replay-[0-9a-f]{16}\.json$/)]);
  }
  receiver.answer(() => ({ status: 200 }));
  const last = new ReplayRun(folder, destination, names);
  await last.ended;
  expect(last.context.err).toContain('--from-start begins again');
  expect(last.report.done).toBe(true);
  const { ids } = receiver;
  expect(new Set(ids)).toEqual(new Set(idsOf(events)));
  // Two stops, and 2,000 events on their way at most.
  expect(ids.length - events.length).toBeLessThanOrEqual(2 * 2_000);
  expect(last.report.delivered).toBeLessThan(4_000);
  expect(await keptFiles(folder)).toEqual([]);
});

test('what was settled when it stopped is not sent again', async () => {
  const folder = await newFolder();
  await using receiver = await ndjsonReceiver();
  const events = makeEvents(5_000, { startTime: NOW });
  await writeFile(join(folder, 'one.ndjson'), ndjson(events));
  const run = new ReplayRun(folder, http(receiver, { batchSize: 100, maxEventsPerSecond: 4_000 }), ['one.ndjson']);
  await receiver.waitFor(1_000);
  run.context.end();
  await expect(run.ended).rejects.toThrow('stopped');
  // The service answers, so that all that was on its way came through within the deadline.
  await new ReplayRun(folder, http(receiver), ['one.ndjson']).ended;
  expect(receiver.ids).toEqual(idsOf(events));
});

test('--from-start forgets where the last run stopped', async () => {
  const folder = await newFolder();
  await using receiver = await ndjsonReceiver();
  const events = makeEvents(3_000, { startTime: NOW });
  await writeFile(join(folder, 'one.ndjson'), ndjson(events));
  const run = new ReplayRun(folder, http(receiver, { batchSize: 100, maxEventsPerSecond: 2_000 }), ['one.ndjson']);
  await receiver.waitFor(500);
  run.context.end();
  await expect(run.ended).rejects.toThrow('stopped');
  const again = new ReplayRun(folder, http(receiver), ['one.ndjson'], { fromStart: true });
  await again.ended;
  expect(again.report).toMatchObject({ delivered: 3_000, done: true });
});

test('a file that was changed since is not gone on with', async () => {
  const folder = await newFolder();
  await using receiver = await ndjsonReceiver();
  const events = makeEvents(3_000, { startTime: NOW });
  await writeFile(join(folder, 'one.ndjson'), ndjson(events));
  const run = new ReplayRun(folder, http(receiver, { batchSize: 100, maxEventsPerSecond: 2_000 }), ['one.ndjson']);
  await receiver.waitFor(500);
  run.context.end();
  await expect(run.ended).rejects.toThrow('stopped');
  const came = receiver.ids.length;
  await writeFile(join(folder, 'one.ndjson'), ndjson(events.slice(1)));
  await expect(new ReplayRun(folder, http(receiver), ['one.ndjson']).ended).rejects.toThrow(
    /was changed.*--from-start/,
  );
  await writeFile(join(folder, 'one.ndjson'), ndjson(events.slice(0, 10)));
  await expect(new ReplayRun(folder, http(receiver), ['one.ndjson']).ended).rejects.toThrow(
    /was changed.*--from-start/,
  );
  expect(receiver.ids).toHaveLength(came);
});

test('lines that are no events are counted and shown, and the rest is sent', async () => {
  const folder = await newFolder();
  await using receiver = await ndjsonReceiver();
  const events = makeEvents(4, { startTime: NOW });
  const [one, two, three, four] = events.map((event) => JSON.stringify(event));
  const broken = gzipSync(ndjson(makeEvents(2_000, { seed: 2 })));
  await writeFile(join(folder, 'a'), `\uFEFF${one}\r\n\n{"id":1}\n${two}\nnonsense\n[]\n${three}`);
  await writeFile(join(folder, 'b'), `{"a":"${'x'.repeat(8_388_608)}"}\n${four}\n`);
  await writeFile(join(folder, 'c'), broken.subarray(0, broken.length / 2));
  const run = new ReplayRun(folder, http(receiver), ['a', 'b', 'c']);
  await expect(run.ended).rejects.toThrow('4 lines held no event\n1 file could not be unpacked to the end');
  expect(run.report).toMatchObject({ not_events: 4, unreadable_files: 1, done: true });
  expect(run.context.err).toContain(`${join(folder, 'a')}:3: not an event: no id`);
  expect(run.context.err).toContain(`${join(folder, 'a')}:5: not an event: not JSON`);
  expect(run.context.err).toContain(`${join(folder, 'b')}:1: not an event: longer than 8 MiB`);
  expect(run.context.err).toMatch(/c:\d+: cannot be unpacked from here on/);
  expect(receiver.ids.slice(0, 4)).toEqual(idsOf(events));
  expect(run.report.delivered).toBe(receiver.ids.length);
});

test('a zstd file that is cut off is not taken for a whole one', async () => {
  const folder = await newFolder();
  await using receiver = await ndjsonReceiver();
  const packed = zstdCompressSync(ndjson(makeEvents(5_000)));
  await writeFile(join(folder, 'whole'), packed);
  await new ReplayRun(folder, http(receiver), ['whole']).ended;
  await writeFile(join(folder, 'cut'), packed.subarray(0, packed.length - 5));
  await expect(new ReplayRun(folder, http(receiver), ['cut']).ended).rejects.toThrow(
    'could not be unpacked to the end',
  );
});

test('events that the service refuses are written down with the reason, and can be replayed from there', async () => {
  const folder = await newFolder();
  await using receiver = await ndjsonReceiver();
  const events = makeEvents(1_000, { startTime: NOW });
  const bad = new Set(idsOf(events).filter((_, index) => index % 250 === 7));
  receiver.answer(({ body }) => ({ status: [...bad].some((id) => body.includes(id)) ? 400 : 200 }));
  await writeFile(join(folder, 'one.ndjson'), ndjson(events));
  const run = new ReplayRun(folder, http(receiver, { batchSize: 50 }), ['one.ndjson']);
  await expect(run.ended).rejects.toThrow('http did not take 4 events; they are in ');
  expect(run.report).toMatchObject({ delivered: 996, dead_lettered: 4, done: true });
  const letters = (await keptFile(folder, '.dead.ndjson')).trim().split('\n');
  const read = letters.map((line) => JSON.parse(line) as { event: object; status_code: number; reason: string });
  expect(read.map(({ event }) => event)).toEqual(events.filter(({ id }) => bad.has(id)));
  expect(read.every(({ status_code, reason }) => status_code === 400 && reason.includes('400'))).toBe(true);

  receiver.answer(() => ({ status: 200 }));
  const path = run.report.dead_letters ?? '';
  await new ReplayRun(folder, http(receiver), [path]).ended;
  expect(new Set(receiver.ids)).toEqual(new Set(idsOf(events)));
});

test('more dead letters than a destination keeps in memory do not stop it', { timeout: 60_000 }, async () => {
  const folder = await newFolder();
  await using receiver = await datadogReceiver({ keepBodies: false });
  const old = makeEvents(14_000, { startTime: NOW - 40 * 3_600_000 });
  await writeFile(join(folder, 'old.ndjson'), ndjson(old));
  const datadog = destinationSettings('datadog', {
    apiKey: receiver.apiKey,
    endpoint: receiver.url,
    lateEvents: 'dead-letter',
    ...QUICK,
  });
  const run = new ReplayRun(folder, datadog, ['old.ndjson']);
  await expect(run.ended).rejects.toThrow('datadog did not take 14,000 events');
  expect((await keptFile(folder, '.dead.ndjson')).trim().split('\n')).toHaveLength(14_000);
});

test('a wrong key holds: the reason is on the line of progress, and nothing is lost', async () => {
  const folder = await newFolder();
  await using receiver = await ndjsonReceiver();
  receiver.answer(() => ({ status: 401 }));
  const events = makeEvents(300, { startTime: NOW });
  await writeFile(join(folder, 'one.ndjson'), ndjson(events));
  const run = new ReplayRun(folder, http(receiver), ['one.ndjson']);
  await until(
    () => run.context.err.includes('401'),
    () => run.context.err,
  );
  receiver.answer(() => ({ status: 200 }));
  await run.ended;
  expect(run.report).toMatchObject({ delivered: 300, dead_lettered: 0 });
  expect(receiver.ids).toEqual(idsOf(events));
});

test('the filter and the transform of the destination apply', async () => {
  const folder = await newFolder();
  await using receiver = await ndjsonReceiver();
  const events = makeEvents(200, { startTime: NOW });
  await writeFile(join(folder, 'one.ndjson'), ndjson(events));
  const destination = {
    ...http(receiver),
    transform: (event: (typeof events)[number]) => {
      if (event.type === 'sso.login') throw new Error('no such field');
      return { ...event, data: { ...event.data, environment: 'prod' } };
    },
  } as unknown as DestinationSettings;
  const run = new ReplayRun(folder, destination, ['one.ndjson'], {
    isChosen: ({ type }) => type !== 'token.issued',
  });
  const logins = events.filter(({ type }) => type === 'sso.login').length;
  const tokens = events.filter(({ type }) => type === 'token.issued').length;
  await expect(run.ended).rejects.toThrow(`did not take ${logins} events`);
  expect(run.report).toMatchObject({ passed_over: tokens, dead_lettered: logins, delivered: 200 - logins - tokens });
  expect(receiver.requests.at(0)?.body.toString()).toContain('"environment":"prod"');

  const asStored = new ReplayRun(folder, destination, ['one.ndjson'], { transform: false });
  const before = receiver.requests.length;
  await asStored.ended;
  const text = receiver.requests
    .slice(before)
    .map(({ body }) => body.toString())
    .join('');
  expect(text.trim().split('\n')).toEqual(events.map((event) => JSON.stringify(event)));
});

test('standard input; an interrupted one says that it cannot be gone on with', async () => {
  const folder = await newFolder();
  await using receiver = await ndjsonReceiver();
  const events = makeEvents(50, { startTime: NOW });
  const run = new ReplayRun(folder, http(receiver), ['-'], { stdin: ndjson(events) });
  await run.ended;
  expect(receiver.ids).toEqual(idsOf(events));
  const open = new ReplayRun(folder, http(receiver), ['-']);
  open.context.stdin.write(ndjson(events));
  await receiver.waitFor(() => receiver.ids.length === 100);
  open.context.end();
  await expect(open.ended).rejects.toThrow('standard input cannot be gone on with');
  expect(await keptFiles(folder)).toEqual([]);
});

test('what is not there is said before anything is sent', async () => {
  const folder = await newFolder();
  await using receiver = await ndjsonReceiver();
  await writeFile(join(folder, 'one.ndjson'), ndjson(makeEvents(5)));
  await expect(new ReplayRun(folder, http(receiver), ['one.ndjson', 'two']).ended).rejects.toThrow(
    'two: there is no such file or folder',
  );
  expect(receiver.requests).toEqual([]);
});
