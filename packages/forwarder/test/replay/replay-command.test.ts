import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HttpReceiver, makeEvent, makeEvents } from '@grantex/testing';
import { expect, test } from 'vitest';
import type { CommandContext } from '../../src/commands/context.js';
import { replayCommand } from '../../src/commands/replay.js';
import { TestContext } from '../commands/terminal-context.js';
import { ndjson, newFolder } from './replay-rig.js';

const SETTINGS = (url: string) => `
sources: { production: { url: https://api.grantex.dev, apiKey: gx_live_0123456789abcdef } }
destinations:
  hook:
    type: http
    url: ${url}
    format: ndjson
    filter: { types: ['!sso.*'] }
    transform: [add: { data.environment: prod }]
`;

function quiet(context: CommandContext) {
  return replayCommand(context).configureOutput({ writeErr: () => {} });
}

function at(createdAt: string, type: string) {
  return makeEvent(type, { createdAt });
}

test('from the command line: settings, choice, filter, transform, summary', async () => {
  const folder = await newFolder();
  await using receiver = await HttpReceiver.start();
  await writeFile(join(folder, 'grantex-forwarder.yaml'), SETTINGS(receiver.url));
  const [wanted, early, login, token] = [
    at('2026-03-01T10:00:00.000Z', 'grant.created'),
    at('2026-02-28T10:00:00.000Z', 'grant.created'),
    at('2026-03-01T10:00:00.000Z', 'sso.login'),
    at('2026-03-01T10:00:00.000Z', 'token.issued'),
  ];
  await writeFile(join(folder, 'stored.ndjson'), ndjson([wanted, early, login, token]));
  const context = new TestContext({ folder });
  const words = ['--to', 'hook', '--types', '*,!token.*', '--since', '2026-03-01', '--until', '2026-03-01'];
  await context.run(quiet, 'stored.ndjson', ...words);
  expect(context.out).toMatch(/^1 event delivered to hook in .*, 3 events not chosen\n$/);
  const sent = receiver.requests.map(({ body }) => JSON.parse(body.toString()) as object);
  expect(sent).toEqual([{ ...wanted, data: { ...wanted?.data, environment: 'prod' } }]);

  const asStored = new TestContext({ folder });
  await asStored.run(quiet, 'stored.ndjson', '--to', 'hook', '--no-filter', '--no-transform', '--json');
  expect(JSON.parse(asStored.out)).toMatchObject({ delivered: 4, passed_over: 0, done: true });
});

test('--dry-run counts by type and needs no settings', async () => {
  const folder = await newFolder();
  const events = [
    ...makeEvents(3, { types: ['token.issued'], startTime: Date.UTC(2026, 2, 1), intervalMs: 0 }),
    ...makeEvents(1, { types: ['grant.revoked'], startTime: Date.UTC(2026, 2, 2), intervalMs: 0 }),
  ];
  await writeFile(join(folder, 'stored.ndjson'), ndjson(events));
  await writeFile(join(folder, 'grantex-forwarder.yaml'), 'not yet right');
  const context = new TestContext({ folder });
  await context.run(quiet, 'stored.ndjson', '--dry-run', '--json');
  expect(JSON.parse(context.out)).toEqual({
    files: 1,
    events: 4,
    not_events: 0,
    passed_over: 0,
    unreadable_files: 0,
    oldest: '2026-03-01T00:00:00.000Z',
    newest: '2026-03-02T00:00:00.000Z',
    types: { 'token.issued': 3, 'grant.revoked': 1 },
  });
  const forPeople = new TestContext({ folder });
  await forPeople.run(quiet, 'stored.ndjson', '--dry-run', '--types', 'token.*');
  expect(forPeople.lines[0]).toBe(
    '3 events in 1 file would be sent, created from 2026-03-01T00:00:00.000Z to 2026-03-01T00:00:00.000Z; 1 event would not',
  );
  expect(forPeople.lines.at(-1)).toMatch(/^token\.issued +3$/);
});

test.each([
  [['stored.ndjson'], 'Name a destination of the settings with --to'],
  [['stored.ndjson', '--to', 'hok'], 'no destination is called "hok"; there are: hook'],
  [['-', '-', '--to', 'hook'], 'can be read only once'],
  [['stored.ndjson', '--to', 'hook', '--since', 'yesterday'], 'Expected a date such as'],
  [['stored.ndjson', '--to', 'hook', '--types', 'grant created'], 'Expected types such as'],
  [['stored.ndjson', '--to', 'hook', '--rate', '0'], 'Expected a whole number'],
  [['s3://', '--to', 'hook'], 'expected s3://bucket/prefix'],
])('%j is refused with what to do', async (words, message) => {
  const folder = await newFolder();
  await writeFile(join(folder, 'grantex-forwarder.yaml'), SETTINGS('http://127.0.0.1:9/'));
  await writeFile(join(folder, 'stored.ndjson'), '');
  await expect(new TestContext({ folder }).run(quiet, ...words)).rejects.toThrow(message);
});
