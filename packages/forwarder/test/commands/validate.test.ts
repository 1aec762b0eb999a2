import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datadogReceiver, EventServer, type DatadogReceiver } from '@grantex/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkSource } from '../../src/commands/validate-source.js';
import { validateCommand } from '../../src/commands/validate.js';
import { SettingsError } from '../../src/settings/settings-problem.js';
import { TestContext, until } from './terminal-context.js';

let folder = '';
let events: EventServer;
let datadog: DatadogReceiver;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'validate-'));
  // The first byte comes with the first keepalive.
  events = await EventServer.start({ keepaliveMs: 50 });
  datadog = await datadogReceiver();
});

afterEach(async () => {
  await events.close();
  await datadog.close();
  await rm(folder, { recursive: true });
});

interface File {
  readonly source?: object;
  readonly destinations?: object;
}

async function settingsWith({ source = {}, destinations = {} }: File): Promise<void> {
  const settings = {
    sources: { production: { url: events.url, apiKey: events.key, ...source } },
    destinations: {
      datadog: { type: 'datadog', apiKey: datadog.apiKey, endpoint: `http://127.0.0.1:${datadog.port}` },
      ...destinations,
    },
  };
  await writeFile(join(folder, 'grantex-forwarder.json'), JSON.stringify(settings, undefined, 1));
}

describe('the file', () => {
  test('fine', async () => {
    await settingsWith({ destinations: { file: { path: './out.ndjson', enabled: false } } });
    const context = new TestContext({ folder });
    await context.run(validateCommand);
    expect(context.out).toBe('grantex-forwarder.json: fine. 1 source, 2 destinations (datadog, file: off)\n');
    const json = new TestContext({ folder });
    await json.run(validateCommand, '--json');
    expect(JSON.parse(json.out)).toStrictEqual({ ok: true, problems: [] });
    expect(events.requests.length + datadog.requests.length).toBe(0);
  });

  test('wrong: everything at once, with the place', async () => {
    await settingsWith({ source: { transport: 'smoke' }, destinations: { splunk: { hecUrl: 'here' } } });
    const context = new TestContext({ folder });
    const failure = await context.run(validateCommand, '--json').catch((error: unknown) => error);
    expect(failure instanceof SettingsError).toBe(true);
    const { ok, problems } = JSON.parse(context.out);
    expect(ok).toBe(false);
    const paths = problems.map(({ path }: { path: string }) => path).toSorted();
    expect(paths).toStrictEqual([
      'destinations.splunk.hecToken',
      'destinations.splunk.hecUrl',
      'sources.production.transport',
    ]);
    for (const { line, file } of problems) {
      expect(Number.isInteger(line)).toBe(true);
      expect(file).toMatch(/grantex-forwarder\.json$/);
    }
  });

  test('none', async () => {
    const context = new TestContext({ folder });
    await expect(context.run(validateCommand)).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/grantex-forwarder init/),
    });
  });
});

describe('--connect', () => {
  test('fine: each says so, and no event is sent', async () => {
    await settingsWith({ destinations: { off: { type: 'file', path: '/nowhere/out.ndjson', enabled: false } } });
    const context = new TestContext({ folder });
    await context.run(validateCommand, '--connect');
    expect(context.out).toMatch(/^production {2}ok {6}heard over sse/m);
    expect(context.out).toMatch(/^datadog {5}ok {6}./m);
    expect(context.out).toMatch(/^off {9}off$/m);
    expect(context.err).toMatch(/waiting for production, datadog/);
    expect(datadog.ids.length).toBe(0);
    await until(
      () => events.connections === 0,
      () => 'the stream is still open',
    );
  });

  test('wrong keys: the status, the reason, exit code 1, and no secret', async () => {
    const wrong = 'a-key-that-is-wrong-0123456789';
    const endpoint = `http://127.0.0.1:${datadog.port}`;
    await settingsWith({
      source: { apiKey: wrong },
      destinations: { other: { type: 'datadog', apiKey: wrong, endpoint } },
    });
    const context = new TestContext({ folder });
    await expect(context.run(validateCommand, '--connect', '--json')).rejects.toMatchObject({
      exitCode: 1,
      message: '2 of 3 connections failed',
    });
    const { ok, problems, connections } = JSON.parse(context.out);
    expect([ok, problems]).toStrictEqual([false, []]);
    expect(connections.map((report: object) => ({ ...report, message: '' }))).toStrictEqual([
      { kind: 'source', name: 'production', state: 'failed', status_code: 401, message: '' },
      { kind: 'destination', name: 'datadog', state: 'ok', status_code: 200, message: '' },
      { kind: 'destination', name: 'other', state: 'failed', status_code: 403, message: '' },
    ]);
    expect(connections[0].message).toMatch(/Check the apiKey/);
    expect(context.out.includes(wrong)).toBe(false);
  });

  test('each transport is tried', async () => {
    await settingsWith({ source: { transport: ['sse', 'websocket'] } });
    const context = new TestContext({ folder });
    await context.run(validateCommand, '--connect');
    expect(context.out).toMatch(/^production \(sse\) {8}ok/m);
    expect(context.out).toMatch(/^production \(websocket\) {2}ok/m);
  });

  test('nobody listens: told at once, with no promise to try again', async () => {
    await settingsWith({});
    await events.down();
    const context = new TestContext({ folder });
    await expect(context.run(validateCommand, '--connect')).rejects.toMatchObject({ exitCode: 1 });
    expect(context.out).toMatch(/^production {2}failed {2}.*ECONNREFUSED/m);
    expect(/again/.test(context.out)).toBe(false);
  });

  test('a stream that stays silent: its time is bounded', async () => {
    const silent = await EventServer.start({ keepaliveMs: 60_000 });
    const source = {
      name: 'production',
      url: silent.url,
      apiKey: silent.key,
      types: undefined,
      transport: 'sse',
      maxConnectionAgeMs: undefined,
      gapEvents: false,
      heartbeatMs: undefined,
      allowInsecureHosts: [],
    } as const;
    const never = new AbortController();
    const result = await checkSource({ source, transport: 'sse', signal: never.signal, waitMs: 100 });
    expect(result).toStrictEqual({ ok: false, message: 'nothing came within 100 ms' });
    await silent.close();
  });

  test('Ctrl-C ends the waiting', async () => {
    await events.close();
    events = await EventServer.start({ keepaliveMs: 60_000 });
    await settingsWith({});
    const context = new TestContext({ folder });
    const done = context.run(validateCommand, '--connect').catch((error: unknown) => error);
    await events.subscribed();
    context.end();
    expect(await done).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/ended before/),
    });
  });
});
