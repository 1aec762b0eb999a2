import { mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GrantexError } from '@grantex/core';
import { CommandFailure, EXIT } from '../exit-codes.js';
import type { Control } from './control-protocol.js';

const MAX_BODY_BYTES = 1_048_576;
const POLL_MS = 100;

type Method = (parameters: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** Lets the commands of the same user reach the running program: HTTP on a Unix socket that nobody else may open. */
export class ControlServer implements AsyncDisposable {
  readonly #server: Server;

  private constructor(control: Control) {
    const methods = methodsOf(control);
    this.#server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
      void answer(methods, request, response);
    });
  }

  /**
   * Rejects with a `CommandFailure` when another program answers on the socket, and goes on to do so for `waitMs`. One that
   * a crash left is replaced.
   */
  static async listen(
    socket: string,
    control: Control,
    { waitMs = 0 }: { readonly waitMs?: number } = {},
  ): Promise<ControlServer> {
    await mkdir(dirname(socket), { recursive: true, mode: 0o700 });
    for (const end = Date.now() + waitMs; await isAnswered(socket);) {
      if (Date.now() >= end) {
        throw new CommandFailure(`another forwarder listens on ${socket}; choose another server.socket`, EXIT.locked);
      }
      await sleep(POLL_MS);
    }
    await rm(socket, { force: true });
    const server = new ControlServer(control);
    await server.#bind(socket);
    return server;
  }

  async #bind(socket: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.once('listening', resolve);
      // The socket is made during the call: it is never open to others, not even for a moment.
      const umask = process.umask(0o177);
      try {
        this.#server.listen(socket);
      } finally {
        process.umask(umask);
      }
    });
  }

  /** Answers what is under way, and removes the socket. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    await closed;
  }
}

async function isAnswered(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
  });
}

function methodsOf(control: Control): Readonly<Record<string, Method>> {
  return {
    status: () => control.status(),
    reload: () => control.reload(),
    'switch-on': ({ destination, from }) =>
      control.switchOn(text(destination, 'destination'), { from: from === 'oldest' ? 'oldest' : 'head' }),
    'switch-off': ({ destination }) => control.switchOff(text(destination, 'destination')),
    'retry-dead-letters': ({ source, numbers }) =>
      control.retryDeadLetters(text(source, 'source'), wholeNumbers(numbers)),
    'drop-dead-letters': ({ source, numbers }) =>
      control.dropDeadLetters(text(source, 'source'), wholeNumbers(numbers)),
    stop: async ({ drain }) => {
      await control.stop({ drain: drain !== false });
      return {};
    },
  };
}

async function answer(
  methods: Readonly<Record<string, Method>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const name = (request.url ?? '').slice(1);
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method === undefined) throw new CommandFailure(`there is no "${name}" here`, EXIT.usage);
    // Whoever looks with curl may use GET; what changes something is a POST.
    if (request.method !== 'POST' && name !== 'status') throw new CommandFailure(`${name} is a POST`, EXIT.usage);
    send(response, 200, await method(await parametersOf(request)));
  } catch (error) {
    const known = error instanceof CommandFailure || error instanceof GrantexError;
    const exitCode = error instanceof CommandFailure ? error.exitCode : known ? EXIT.failed : EXIT.internal;
    send(response, known ? 400 : 500, {
      error: error instanceof Error ? error.message : String(error),
      exit_code: exitCode,
    });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(`${JSON.stringify(body)}\n`);
}

async function parametersOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new CommandFailure('the request is too large', EXIT.usage);
    chunks.push(chunk);
  }
  if (size === 0) return {};
  try {
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof parsed === 'object' && parsed !== null) return parsed as Readonly<Record<string, unknown>>;
  } catch {
    // Told below.
  }
  throw new CommandFailure('the request is no JSON object', EXIT.usage);
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new CommandFailure(`${name} has to be a name`, EXIT.usage);
}

function wholeNumbers(value: unknown): readonly number[] {
  if (Array.isArray(value) && value.every((number) => Number.isSafeInteger(number))) return value as number[];
  throw new CommandFailure('numbers has to be a list of whole numbers', EXIT.usage);
}
