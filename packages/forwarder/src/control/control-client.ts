import { request } from 'node:http';
import { CommandFailure, EXIT } from '../exit-codes.js';
import type { ForwarderStatus } from '../watching/status.js';
import type { Control, DropReport, ReloadReport, SwitchReport } from './control-protocol.js';
import type { RedeliveryReport } from '@grantex/core';

/**
 * Reaches the forwarder that listens on a Unix socket. Every method rejects with a `CommandFailure`: exit code
 * `unavailable` when nothing listens there, else the answer's own message.
 */
export function controlClient(socket: string): Control {
  const call = <Result>(method: string, parameters: object = {}): Promise<Result> =>
    exchange(socket, method, parameters) as Promise<Result>;
  return {
    status: () => call<ForwarderStatus>('status'),
    reload: () => call<ReloadReport>('reload'),
    switchOn: (destination, { from }) => call<SwitchReport>('switch-on', { destination, from }),
    switchOff: (destination) => call<SwitchReport>('switch-off', { destination }),
    retryDeadLetters: (source, numbers) => call<RedeliveryReport>('retry-dead-letters', { source, numbers }),
    dropDeadLetters: (source, numbers) => call<DropReport>('drop-dead-letters', { source, numbers }),
    stop: async ({ drain }) => {
      await call('stop', { drain });
    },
  };
}

/** Of what is sent nothing is large; an answer may list every destination, gap and dead letter. */
const MAX_ANSWER_BYTES = 67_108_864;
/** A reload that replaces a source may take 45 s, and dead letters wait for their turn. */
const ANSWER_MS = 120_000;

async function exchange(socket: string, method: string, parameters: object): Promise<unknown> {
  const { status, body } = await post(socket, `/${method}`, JSON.stringify(parameters));
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    throw new CommandFailure(`what listens on ${socket} is no forwarder`, EXIT.unavailable);
  }
  if (status === 200) return answer;
  const { error, exit_code: exitCode } = answer as { error?: unknown; exit_code?: unknown };
  throw new CommandFailure(String(error), typeof exitCode === 'number' ? exitCode : EXIT.failed);
}

function post(socketPath: string, path: string, body: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request({ socketPath, path, method: 'POST', headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.once('error', (error) => reject(unavailable(socketPath, error)));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    sent.setTimeout(ANSWER_MS, () => sent.destroy(new Error(`no answer within ${ANSWER_MS / 1_000} s`)));
    sent.once('error', (error) => reject(unavailable(socketPath, error)));
    sent.end(body);
  });
}

function unavailable(socket: string, error: Error & { readonly code?: unknown }): CommandFailure {
  if (error.code === 'EACCES') {
    return new CommandFailure(`${socket} belongs to another user: run this command as that one`, EXIT.unavailable);
  }
  const nobody = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
  const why = nobody ? 'nothing listens there' : error.message;
  return new CommandFailure(
    `no running forwarder was found at ${socket}: ${why}. Start one with "grantex-forwarder run"`,
    EXIT.unavailable,
  );
}
