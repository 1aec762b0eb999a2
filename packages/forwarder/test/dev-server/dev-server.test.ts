import { EventSource, type EventDestination, type GrantexEvent, silentLogger } from '@grantex/core';
import { expect, onTestFinished, test } from 'vitest';
import { devServerCommand } from '../../src/commands/dev-server.js';
import { TestContext, until } from '../commands/terminal-context.js';

interface Told {
  readonly event: string;
  readonly url: string;
  readonly api_key: string;
  readonly [field: string]: unknown;
}

/** The command, running until the test is over. */
class DevServer {
  readonly context = new TestContext({ folder: process.cwd() });
  readonly ended: Promise<void>;

  constructor(...words: readonly string[]) {
    this.ended = this.context.run(devServerCommand, '--port', '0', ...words);
    this.ended.catch(() => {}); // Looked at by the test.
    onTestFinished(async () => {
      this.context.end();
      await this.ended.catch(() => {});
    });
  }

  get told(): readonly Told[] {
    return this.context.lines.map((line) => JSON.parse(line) as Told);
  }

  async tells(event: string): Promise<Told> {
    const find = () => this.told.find((told) => told.event === event);
    await until(
      () => find() !== undefined,
      () => this.context.out,
    );
    return find() as Told;
  }
}

/** What a source hears from there. */
function listen({ url, api_key: apiKey }: Pick<Told, 'url' | 'api_key'>): GrantexEvent[] {
  const events: GrantexEvent[] = [];
  const destination: EventDestination = {
    name: 'list',
    send: async (batch) => void events.push(...batch),
    flush: async () => {},
    close: async () => {},
  };
  const source = new EventSource({ url, apiKey, logger: silentLogger });
  source.addDestination(destination);
  onTestFinished(async () => void (await source.stop()));
  source.start().catch(() => {}); // Resolves when the source has stopped.
  return events;
}

test('what it prints is enough to listen; events are made as they are published', async () => {
  const server = new DevServer('--json', '--rate', '1000', '--count', '5000');
  const began = Date.now();
  const events = listen(await server.tells('listening'));
  await server.tells('opened');
  await server.tells('published');
  await until(
    () => events.length > 1_000,
    () => `${events.length} events`,
  );
  const times = events.map(({ createdAt }) => Date.parse(createdAt));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(began);
  expect(Math.max(...times)).toBeLessThanOrEqual(Date.now());
  expect(times).toEqual(times.toSorted((one, other) => one - other));
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  expect(new Set(events.map(({ type }) => type)).size).toBeGreaterThan(20);
  expect(server.told.find(({ event }) => event === 'published')).toMatchObject({ published: 5_000 });
});

test('Ctrl-C ends it at once, with open connections', async () => {
  const server = new DevServer('--json', '--rate', '0.001');
  listen(await server.tells('listening'));
  await server.tells('opened');
  const at = performance.now();
  server.context.end();
  await server.ended;
  expect(performance.now() - at).toBeLessThan(1_000);
});

test('faults on wish: a connection is cut now and then, and every key can be refused', async () => {
  const cutting = new DevServer('--json', '--rate', '20', '--cut-every', '0.2');
  listen(await cutting.tells('listening'));
  await cutting.tells('closed');
  expect(cutting.told.some(({ event }) => event === 'refused')).toBe(false);

  const refusing = new DevServer('--json', '--refuse');
  const { url, api_key: key } = await refusing.tells('listening');
  const answer = await fetch(`${url}/v1/events/stream`, { headers: { authorization: `Bearer ${key}` } });
  expect(answer.status).toBe(401);
  expect(await refusing.tells('refused')).toMatchObject({ status: 401 });
});

test('for people: what to put into the settings, and a wrong key is named', async () => {
  const server = new DevServer('--key', 'gx_test_of_somebody', '--rate', '0.01');
  await until(
    () => server.context.out.includes('Ctrl-C'),
    () => server.context.out,
  );
  expect(server.context.out).toContain('      apiKey: gx_test_of_somebody\n');
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(server.context.out) ?? [];
  await fetch(`${url}/v1/events/stream`, { headers: { authorization: 'Bearer gx_test_of_nobody_' } });
  await until(
    () => server.context.out.includes('refused a connection: wrong key (401)'),
    () => server.context.out,
  );
});

test('a port that is taken', async () => {
  const { url } = await new DevServer('--json').tells('listening');
  const context = new TestContext({ folder: process.cwd() });
  await expect(context.run(devServerCommand, '--port', new URL(url).port)).rejects.toThrow(
    /listens there already.*--port/,
  );
});

test.each([
  ['--rate', '0'],
  ['--rate', '30000'],
  ['--key', 'short'],
  ['--count', '1.5'],
  ['--cut-every', 'x'],
])('%s %s is refused', async (...words) => {
  const context = new TestContext({ folder: process.cwd() });
  const command = (given: typeof context) => devServerCommand(given).configureOutput({ writeErr: () => {} });
  await expect(context.run(command as typeof devServerCommand, ...words)).rejects.toThrow('Expected');
});
