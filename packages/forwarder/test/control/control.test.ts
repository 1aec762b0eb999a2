import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GrantexError } from '@grantex/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { controlClient } from '../../src/control/control-client.js';
import type { Control } from '../../src/control/control-protocol.js';
import { ControlServer } from '../../src/control/control-server.js';
import { CommandFailure, EXIT } from '../../src/exit-codes.js';

let folder: string;
let socket: string;
let ends: AsyncDisposableStack;

const listen = async (control: Control, options?: { readonly waitMs: number }): Promise<ControlServer> =>
  ends.use(await ControlServer.listen(socket, control, options));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-'));
  socket = join(folder, 'control.sock');
  ends = new AsyncDisposableStack();
});
afterEach(async () => {
  await ends.disposeAsync();
  await rm(folder, { recursive: true });
});

/** Answers with what it was asked. */
class Echo implements Control {
  readonly asked: unknown[] = [];
  async status(): Promise<never> {
    throw new GrantexError('STATE_INVALID', 'not now');
  }
  async reload(): Promise<never> {
    throw new CommandFailure('line 3 is wrong', EXIT.settings);
  }
  async switchOn(...asked: unknown[]) {
    this.asked.push(asked);
    return { changed: true, discarded: 0 };
  }
  async switchOff(): Promise<never> {
    throw new TypeError('a fault');
  }
  async retryDeadLetters(...asked: unknown[]) {
    this.asked.push(asked);
    return { delivered: [1], refused: [], untried: [2] };
  }
  async dropDeadLetters(...asked: unknown[]) {
    this.asked.push(asked);
    return { dropped: 3 };
  }
  async stop(...asked: unknown[]) {
    this.asked.push(asked);
  }
}

test('what a client asks reaches the program, and its answer comes back', async () => {
  const echo = new Echo();
  await listen(echo);
  const client = controlClient(socket);
  expect(await client.switchOn('datadog', { from: 'oldest' })).toEqual({ changed: true, discarded: 0 });
  expect(await client.retryDeadLetters('main', [1, 2])).toEqual({ delivered: [1], refused: [], untried: [2] });
  expect(await client.dropDeadLetters('main', [4])).toEqual({ dropped: 3 });
  await client.stop({ drain: false });
  expect(echo.asked).toEqual([['datadog', { from: 'oldest' }], ['main', [1, 2]], ['main', [4]], [{ drain: false }]]);
});

test.each([
  [
    'a failure of a command, with its exit code',
    (client: Control) => client.reload(),
    'line 3 is wrong',
    EXIT.settings,
  ],
  ['what the source cannot do now', (client: Control) => client.status(), 'not now', EXIT.failed],
  ['a fault', (client: Control) => client.switchOff('x'), 'a fault', EXIT.internal],
])('%s is told', async (_name, asks, message, exitCode) => {
  await listen(new Echo());
  const error = await asks(controlClient(socket)).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CommandFailure);
  expect(error).toMatchObject({ message, exitCode });
});

test('nobody but the owner may open the socket, and it is gone at the end', async () => {
  const server = await ControlServer.listen(socket, new Echo());
  expect((await stat(socket)).mode & 0o777).toBe(0o600);
  await server[Symbol.asyncDispose]();
  await expect(stat(socket)).rejects.toThrow('ENOENT');
});

test('nothing listens there, a file is there, something else listens there', async () => {
  const status = (): Promise<unknown> =>
    controlClient(socket)
      .status()
      .catch((reason: unknown) => reason);
  const failure = { exitCode: EXIT.unavailable, message: expect.stringContaining('grantex-forwarder run') as string };
  expect(await status()).toMatchObject(failure);
  await writeFile(socket, '');
  expect(await status()).toMatchObject(failure);
  await rm(socket);
  const other = createServer((connection) => connection.resume().end('HTTP/1.1 200 OK\r\n\r\nhello'));
  await new Promise<void>((resolve) => other.listen(socket, resolve));
  expect(await status()).toMatchObject({ message: `what listens on ${socket} is no forwarder` });
  await new Promise((resolve) => other.close(resolve));
});

test('a socket that a crash left is replaced; one that is answered is not, unless it is waited for', async () => {
  // What a killed process leaves: nobody answers on it.
  await writeFile(socket, '');
  const first = await ControlServer.listen(socket, new Echo());
  const refused = await ControlServer.listen(socket, new Echo()).catch((reason: unknown) => reason);
  expect(refused).toMatchObject({ exitCode: EXIT.locked });
  const waiting = listen(new Echo(), { waitMs: 20_000 });
  await first[Symbol.asyncDispose]();
  await waiting;
  expect(await controlClient(socket).dropDeadLetters('main', [])).toEqual({ dropped: 3 });
});

test('by hand: GET shows the status only, nonsense is refused', async () => {
  await listen(new Echo());
  expect(await ask('GET', '/stop')).toEqual([400, { error: 'stop is a POST', exit_code: EXIT.usage }]);
  expect(await ask('POST', '/constructor')).toEqual([
    400,
    { error: 'there is no "constructor" here', exit_code: EXIT.usage },
  ]);
  expect(await ask('POST', '/switch-on', '[')).toEqual([
    400,
    { error: 'the request is no JSON object', exit_code: EXIT.usage },
  ]);
  expect(await ask('POST', '/switch-on', '{}')).toEqual([
    400,
    { error: 'destination has to be a name', exit_code: EXIT.usage },
  ]);
  expect(await ask('POST', '/stop', ' '.repeat(1_048_577))).toEqual([
    400,
    { error: 'the request is too large', exit_code: EXIT.usage },
  ]);
});

function ask(method: string, path: string, body = ''): Promise<[status: number | undefined, answer: unknown]> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: socket, method, path, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve([response.statusCode, JSON.parse(text)]));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
