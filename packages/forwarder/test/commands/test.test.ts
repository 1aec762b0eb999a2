import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineDestination, option } from '@grantex/core';
import { datadogReceiver, HttpReceiver, type DatadogReceiver } from '@grantex/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sendTestEvent } from '../../src/commands/test-event.js';
import { testCommand } from '../../src/commands/test.js';
import { TestContext } from './terminal-context.js';

let folder = '';
let datadog: DatadogReceiver;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'test-'));
  datadog = await datadogReceiver();
});

afterEach(async () => {
  await datadog.close();
  await rm(folder, { recursive: true });
});

async function settingsWith(destinations: object): Promise<void> {
  const sources = { production: { url: 'http://127.0.0.1:9', apiKey: 'key' } };
  await writeFile(join(folder, 'grantex-forwarder.json'), JSON.stringify({ sources, destinations }));
}

const url = (port: number): string => `http://127.0.0.1:${port}`;
const datadogSettings = (): object => ({ type: 'datadog', apiKey: datadog.apiKey, endpoint: url(datadog.port) });

test('one event to each destination that is switched on; says the answer, the id and the query', async () => {
  await settingsWith({
    datadog: datadogSettings(),
    file: { path: join(folder, 'events.ndjson') },
    later: { ...datadogSettings(), enabled: false },
  });
  const context = new TestContext({ folder });
  await context.run(testCommand);
  expect(datadog.ids.length).toBe(1);
  const written = JSON.parse(await readFile(join(folder, 'events.ndjson'), 'utf8'));
  expect(written.type).toBe('grantex.test');
  const text = context.out;
  expect(text).toMatch(
    new RegExp(`datadog: ok, 202 accepted\\n  event  ${datadog.ids[0]}\\n  find   .*${datadog.ids[0]}`),
  );
  expect(text).toMatch(new RegExp(`file: ok, accepted\\n  event  ${written.id}\\n`));
  expect(text.includes('later')).toBe(false);
});

test('--json: a line for each destination', async () => {
  await settingsWith({ datadog: datadogSettings() });
  const context = new TestContext({ folder });
  await context.run(testCommand, '--json');
  const [report, ...others] = context.lines.map((line) => JSON.parse(line));
  expect(others.length).toBe(0);
  const { query, ...rest } = report;
  expect(rest).toStrictEqual({
    destination: 'datadog',
    ok: true,
    status_code: 202,
    message: 'accepted',
    event_id: datadog.ids[0],
  });
  expect(query.includes(datadog.ids[0])).toBe(true);
});

test('a refusal: the status, the reason, exit code 1, and no secret', async () => {
  const wrong = 'a-key-that-is-wrong-0123456789';
  await settingsWith({ datadog: { ...datadogSettings(), apiKey: wrong }, fine: datadogSettings() });
  const context = new TestContext({ folder });
  await expect(context.run(testCommand)).rejects.toMatchObject({
    exitCode: 1,
    message: '1 of 2 destinations did not take the test event',
  });
  expect(context.out).toMatch(/^datadog: failed, 403 .*key/m);
  expect(context.out).toMatch(/^fine: ok, 202/m);
  expect(context.out.includes(wrong)).toBe(false);
});

test('a named destination, also a switched-off one', async () => {
  await using receiver = await HttpReceiver.start();
  await settingsWith({
    datadog: datadogSettings(),
    mine: { type: 'http', url: url(receiver.port), enabled: false },
  });
  const context = new TestContext({ folder });
  await context.run(testCommand, 'mine');
  expect(receiver.accepted.length).toBe(1);
  expect(datadog.requests.length).toBe(0);
  await expect(context.run(testCommand, 'mime')).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringMatching(/no destination named "mime".*datadog, mine/),
  });
});

test('a destination of somebody else, with no more than the contract', async () => {
  const calls: string[] = [];
  const definition = defineDestination({
    type: 'plain',
    options: option.object('A plain destination.', { fail: option.withDefault(false, option.flag('Refuses.')) }),
    create: ({ fail }) => ({
      name: 'plain',
      send: async (events: readonly { id: string; type: string }[]) => {
        calls.push(...events.map(({ type }) => `send ${type}`));
        if (fail) throw new Error('the disk is full');
      },
      flush: async () => void calls.push('flush'),
      close: async () => void calls.push('close'),
    }),
  });
  const settings = { name: 'plain', type: 'plain', definition, sources: [], enabled: true, from: 'head' } as const;
  const rest = { filter: undefined, transform: undefined, fingerprint: '' };
  const taken = await sendTestEvent({ ...settings, ...rest, options: {} });
  expect([taken.ok, taken.message, calls.splice(0)]).toStrictEqual([
    true,
    'accepted',
    ['send grantex.test', 'flush', 'close'],
  ]);
  const refused = await sendTestEvent({ ...settings, ...rest, options: { fail: true } });
  expect([refused.ok, refused.message, calls]).toStrictEqual([
    false,
    'the disk is full',
    ['send grantex.test', 'close'],
  ]);
});
