import { Agent as HttpAgent } from 'node:http';
import { Agent } from 'undici';
import { describe, expect, test } from 'vitest';
import { resolveSourceOptions, type EventSourceOptions } from '../src/event-source-options.js';

const GOOD = { url: 'https://host.example', apiKey: 'gx_live_0123456789abcdef' };

function resolve(options: Partial<EventSourceOptions>) {
  const { transports, connections, maxConnectionAgeMs } = resolveSourceOptions({ ...GOOD, ...options });
  return { transports, connections, maxConnectionAgeMs };
}

test.each<{ options: Partial<EventSourceOptions>; transports: string[]; connections: number }>([
  { options: {}, transports: ['sse'], connections: 1 },
  { options: { connections: 2 }, transports: ['sse'], connections: 2 },
  { options: { transport: 'websocket', connections: 5 }, transports: ['websocket'], connections: 5 },
  { options: { transport: ['sse', 'websocket'] }, transports: ['sse', 'websocket'], connections: 2 },
  { options: { transport: ['sse', 'websocket'], connections: 3 }, transports: ['sse', 'websocket'], connections: 3 },
])('$options means $connections over $transports', ({ options, transports, connections }) => {
  expect(resolve(options)).toEqual({ transports, connections, maxConnectionAgeMs: undefined });
});

describe('refused', () => {
  test.each<{ options: object; message: string }>([
    { options: { transport: 'ws' }, message: 'transport: expected one of sse, websocket, got "ws"' },
    { options: { transport: ['sse', 7] }, message: 'transport[1]: expected one of sse, websocket, got 7' },
    { options: { transport: [] }, message: 'transport: expected sse, websocket, or a list of 1 to 5 of them, got' },
    { options: { transport: Array(6).fill('sse') }, message: 'got a list of 6' },
    { options: { connections: 0 }, message: 'connections: expected a whole number from 1 to 5, got 0' },
    { options: { connections: 6 }, message: 'connections: expected a whole number from 1 to 5, got 6' },
    {
      options: { transport: ['sse', 'websocket'], connections: 1 },
      message: 'connections: expected at least 2, one for each transport, got 1',
    },
    { options: { maxConnectionAgeMs: 59_999 }, message: 'maxConnectionAgeMs: expected a whole number from 60000' },
    { options: { transport: 'websocket', dispatcher: new Agent() }, message: 'agent: expected one for the transport' },
    { options: { agent: new HttpAgent() }, message: 'dispatcher: expected one for the transport' },
  ])('$message', ({ options, message }) => {
    expect(() => resolve(options)).toThrow(message);
  });
});

test('a proxy for each transport is taken', () => {
  const [dispatcher, agent] = [new Agent(), new HttpAgent()];
  const resolved = resolveSourceOptions({ ...GOOD, transport: ['sse', 'websocket'], dispatcher, agent });
  expect([resolved.dispatcher, resolved.agent]).toEqual([dispatcher, agent]);
});
