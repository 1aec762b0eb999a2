import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpReceiver } from '@grantex/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { topCommand } from '../../src/commands/top.js';
import { readReceivedRates } from '../../src/commands/top/received-rates.js';
import type { DestinationStatus, ForwarderStatus, SourceStatus } from '../../src/watching/status.js';
import { TestContext, until } from './terminal-context.js';

const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?1049l';
const NOW = Date.now();
const secondsAgo = (seconds: number): string => new Date(NOW - seconds * 1_000).toISOString();

const delivering: DestinationStatus = {
  type: 'datadog',
  state: 'delivering',
  waiting: 3,
  oldest_waiting_seconds: 1,
  events_per_second: 12.34,
  delivered: 1_234,
  dead_lettered: 0,
  filtered: 0,
  overrun: 0,
  requests: 40,
  retries: 0,
  last_error: null,
};

const holding: DestinationStatus = {
  ...delivering,
  type: 'splunk',
  state: 'holding',
  waiting: 5_000,
  oldest_waiting_seconds: 185,
  dead_lettered: 2,
  last_error: {
    code: 'DEST_UNAUTHORIZED',
    message: `the token is wrong\u001b[2J ${'x'.repeat(300)}`,
    status_code: 403,
    at: secondsAgo(42),
  },
};

const source: SourceStatus = {
  state: 'heard',
  lost_since: null,
  received: 6_239,
  repeated: 4,
  not_events: 0,
  journal: {
    type: 'disk',
    events: 5_003,
    bytes: 3 * 2 ** 20,
    waiting_bytes: 3 * 2 ** 20,
    max_bytes: 2 ** 30,
    head: 6_239,
    dead_letters: 2,
    writable: true,
    gaps: [],
    gap_count: 2,
    gap_seconds: 14,
  },
  destinations: { datadog: delivering, 'splunk-main': holding },
};

const status: ForwarderStatus = {
  version: '0.1.0',
  pid: 4711,
  started_at: secondsAgo(7_200),
  state: 'running',
  settings: {
    file: '/etc/grantex-forwarder.yaml',
    loaded_at: secondsAgo(60),
    reloads: { applied: 1, rejected: 0 },
    problem: null,
  },
  sources: { production: source },
};

let folder = '';
/** Serves `/status`. */
let http: HttpReceiver;
let answer: object = status;
const url = (): string => `http://127.0.0.1:${http.port}`;

/** What stands on the screen: what was drawn last. */
const screen = (context: TestContext): string => context.raw.split('\u001b[H').at(-1) ?? '';

const withReceived = (received: number, pid = 1): ForwarderStatus => ({
  ...status,
  pid,
  sources: { production: { ...source, received } },
});

async function seen(context: TestContext, what: RegExp): Promise<void> {
  await until(
    () => what.test(screen(context)),
    () => screen(context),
  );
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'top-'));
  answer = status;
  http = await HttpReceiver.start({
    answer: ({ method, path }) =>
      `${method} ${path}` === 'GET /status' ? { status: 200, body: JSON.stringify(answer) } : { status: 404 },
  });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await http.close();
  await rm(folder, { recursive: true });
});

describe('once', () => {
  test('without a terminal: one table, with everything in it', async () => {
    vi.stubEnv('FORCE_COLOR', undefined);
    const context = new TestContext({ folder });
    await context.run(topCommand, '--url', url());
    const [head, settings, empty, line, names, first, second, ...rest] = context.out.split('\n');
    expect(head ?? '').toMatch(/^grantex-forwarder 0\.1\.0 {2}running {2}up 2 h {2}pid 4711$/);
    expect(settings ?? '').toMatch(/^settings \/etc\/grantex-forwarder\.yaml, read 1 min( \d+ s)? ago$/);
    expect(empty).toBe('');
    expect(line).toBe(
      'production  heard  received 6,239  2 gaps, 14 s  journal 3 MiB, 0.3 % of its limit waits  2 dead letters',
    );
    expect(names ?? '').toMatch(/state +events\/s +waiting +oldest +delivered +dead +last error/);
    expect(first ?? '').toMatch(/^ {2}datadog +delivering +12\.3 +3 +1 s +1,234 +0$/);
    expect(second ?? '').toMatch(
      /^ {2}splunk-main +holding +12\.3 +5,000 +3 min 5 s +1,234 +2 +DEST_UNAUTHORIZED 4\d s ago: the token is wrong x+$/,
    );
    expect(rest).toStrictEqual(['']);
    expect(context.raw.includes('\u001b')).toBe(false);
  });

  test('on a terminal with --once: colours, cut to the width, and no other screen', async () => {
    const context = new TestContext({ folder, terminal: { columns: 90, rows: 24 } });
    await context.run(topCommand, '--url', url(), '--once');
    expect(context.raw.includes('\u001b[')).toBe(true);
    expect(context.raw.includes('\u001b[2J') || context.raw.includes(ENTER)).toBe(false);
    expect(Math.max(...context.lines.map((line) => Array.from(line).length))).toBe(90);
  });

  test('--json: the status as it is', async () => {
    const context = new TestContext({ folder });
    await context.run(topCommand, '--url', `${url()}/status`, '--json');
    expect(JSON.parse(context.out)).toStrictEqual(status);
  });

  test('what is wrong stands out', async () => {
    answer = {
      ...status,
      settings: { ...status.settings, problem: 'line 3: expected a URL' },
      sources: {
        production: {
          ...source,
          state: 'connecting',
          lost_since: secondsAgo(10),
          journal: { ...source.journal, writable: false, gap_count: 0, dead_letters: 0 },
          destinations: {},
        },
      },
    };
    const context = new TestContext({ folder });
    await context.run(topCommand, '--url', url());
    expect(context.out).toMatch(/the newest settings were not taken: line 3: expected a URL/);
    expect(context.out).toMatch(/production {2}connecting since 1\d s {2}received 6,239 {2}no gaps/);
    expect(context.out).toMatch(/the journal cannot be written/);
    expect(context.out).toMatch(/no destinations/);
  });

  test.each([
    ['ftp://x', { exitCode: 64, message: /--url: expected an address/ }],
    ['http://127.0.0.1:1', { exitCode: 69, message: /no forwarder answers at http:\/\/127\.0\.0\.1:1\/status/ }],
  ])('%s is told', async (given, failure) => {
    await expect(new TestContext({ folder }).run(topCommand, '--url', given)).rejects.toMatchObject(failure);
  });

  test('another server is told', async () => {
    answer = { hello: 'world' };
    await expect(new TestContext({ folder }).run(topCommand, '--url', url())).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringMatching(/no status of a forwarder/),
    });
  });

  test('the socket that the settings name', async () => {
    const socket = join(folder, 'control.sock');
    const settings = {
      sources: { production: { url: 'http://127.0.0.1:9', apiKey: 'key' } },
      destinations: { file: { path: './out.ndjson' } },
      server: { socket },
    };
    await writeFile(join(folder, 'grantex-forwarder.json'), JSON.stringify(settings));
    await expect(new TestContext({ folder }).run(topCommand)).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringMatching(/no running forwarder/),
    });
    const server = createServer((request, response) => {
      response.end(request.url === '/status' ? JSON.stringify(status) : '{}');
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const context = new TestContext({ folder });
    await context.run(topCommand, '--json');
    server.close();
    expect(JSON.parse(context.out)).toStrictEqual(status);
  });
});

describe('live', () => {
  const terminal = { columns: 120, rows: 24 };

  test('q ends it, and the terminal is as it was', async () => {
    const context = new TestContext({ folder, terminal });
    const done = context.run(topCommand, '--url', url());
    await seen(context, /delivering/);
    expect(context.raw.startsWith(ENTER)).toBe(true);
    expect(context.stdin.isRaw).toBe(true);
    context.stdin.write('q');
    await done;
    expect(context.raw.endsWith(LEAVE)).toBe(true);
    expect(context.stdin.isRaw).toBe(false);
    expect(context.stdin.listenerCount('data') + context.stdout.listenerCount('resize')).toBe(0);
  });

  test.each([
    ['Ctrl-C on the keyboard', (context: TestContext) => void context.stdin.write('\u0003')],
    ['a signal', (context: TestContext) => context.end()],
  ])('%s ends it, too', async (_, end) => {
    const context = new TestContext({ folder, terminal });
    const done = context.run(topCommand, '--url', url());
    await seen(context, /delivering/);
    end(context);
    await done;
    expect(context.raw.endsWith(LEAVE)).toBe(true);
  });

  test('goes on: rates, a forwarder that is gone, and one that is back', async () => {
    const context = new TestContext({ folder, terminal });
    const done = context.run(topCommand, '--url', url());
    await seen(context, /delivering/);
    answer = { ...status, sources: { production: { ...source, received: source.received + 500 } } };
    await seen(context, /received 6,739/);
    expect(screen(context)).toMatch(/received 6,739 \([\d,.]+\/s\)/);
    await http.down();
    await seen(context, /not reached \(no forwarder answers.*trying again/);
    expect(screen(context)).toMatch(/received 6,739/);
    await http.up();
    await until(
      () => !/not reached/.test(screen(context)),
      () => screen(context),
    );
    context.stdin.write('q');
    await done;
  });

  test('follows the size of the window', async () => {
    const context = new TestContext({ folder, terminal });
    const done = context.run(topCommand, '--url', url());
    await seen(context, /splunk-main/);
    Object.assign(context.stdout, { columns: 40, rows: 3 });
    context.stdout.emit('resize');
    const drawn = screen(context).split('\r\n');
    expect(drawn.length).toBe(3);
    expect(drawn[0] ?? '').toMatch(/grantex-forwarder/);
    context.stdin.write('q');
    await done;
  });

  test('nothing runs: told before the screen is taken', async () => {
    const context = new TestContext({ folder, terminal });
    await expect(context.run(topCommand, '--url', 'http://127.0.0.1:1')).rejects.toMatchObject({ exitCode: 69 });
    expect(context.raw).toBe('');
  });
});

describe('received per second', () => {
  test('what two looks say together', () => {
    expect([...readReceivedRates(withReceived(100), withReceived(150), 2_000)]).toStrictEqual([['production', 25]]);
  });

  test('nothing when another process answered, or the source is new', () => {
    expect([...readReceivedRates(withReceived(100), withReceived(150, 2), 2_000)]).toStrictEqual([]);
    expect([...readReceivedRates({ ...status, sources: {} }, status, 1_000)]).toStrictEqual([]);
  });
});
