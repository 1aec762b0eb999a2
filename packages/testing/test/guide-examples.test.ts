import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { EventServer, makeEvents } from '../src/index.js';

/**
 * The examples of the event streaming guide with nothing but their URL replaced. The command lines are skipped where curl, or
 * Python with httpx and websockets, is not installed.
 */

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const hasHttpx = spawnSync('python3', ['-c', 'import httpx']).status === 0;
const hasWebSockets = spawnSync('python3', ['-c', 'import websockets']).status === 0;

const events = makeEvents(3, { types: ['grant.created'] });
/** Shows that the last of the events has come out. */
const lastGrantId = String(events.at(-1)?.data['grantId']);

/** Runs a program against the server and returns what it wrote once the last of three events has come out. */
async function outputOf(server: EventServer, command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { env: { ...process.env, GRANTEX_API_KEY: server.key, PYTHONUNBUFFERED: '1' } });
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  try {
    await server.subscribed(1, { timeoutMs: 10_000 });
    server.publish(events);
    for await (const chunk of child.stdout) {
      output += String(chunk);
      if (output.includes(lastGrantId)) return output;
    }
    throw new Error(`${command} ended after: ${output}\n${errors}`);
  } finally {
    child.kill();
  }
}

test.skipIf(!hasCurl)('curl', { timeout: 15_000 }, async () => {
  await using server = await EventServer.start();
  const command = `curl -sN -H "Authorization: Bearer $GRANTEX_API_KEY" "${server.url}/v1/events/stream?types=grant.created,grant.revoked"`;
  const output = await outputOf(server, 'sh', ['-c', `exec ${command}`]);
  expect(output).toContain(`data: ${JSON.stringify(events[0])}\n\n`);
});

test('fetch', async () => {
  await using server = await EventServer.start();
  const response = fetch(`${server.url}/v1/events/stream`, { headers: { Authorization: `Bearer ${server.key}` } });
  await server.subscribed();
  server.publish(events);
  const { body } = await response;
  if (body === null) throw new Error('no body');
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const seen: unknown[] = [];
  while (seen.length < 3) {
    const { done, value } = await reader.read();
    if (done) break;
    const text = decoder.decode(value, { stream: true });
    for (const line of text.split('\n')) {
      if (line.startsWith('data: ')) seen.push(JSON.parse(line.slice(6)));
    }
  }
  expect(seen).toEqual(events);
});

test('ws', async () => {
  await using server = await EventServer.start();
  const ws = new WebSocket(`${server.url.replace('http', 'ws')}/v1/events/ws`, {
    headers: { Authorization: `Bearer ${server.key}` },
  });
  const seen: unknown[] = [];
  ws.on('message', (raw: Buffer) => seen.push(JSON.parse(raw.toString())));
  await server.subscribed();
  await once(ws, 'open');
  server.publish(events);
  await expect.poll(() => seen).toEqual(events);
});

const HTTPX = `
import httpx
import json
import os

with httpx.stream(
    "GET",
    "URL/v1/events/stream",
    headers={"Authorization": f"Bearer {os.environ['GRANTEX_API_KEY']}"},
) as response:
    for line in response.iter_lines():
        if line.startswith("data: "):
            event = json.loads(line[6:])
            print(event["type"], event["data"])
`;

test.skipIf(!hasHttpx)('Python with httpx', { timeout: 15_000 }, async () => {
  await using server = await EventServer.start();
  const output = await outputOf(server, 'python3', ['-c', HTTPX.replace('URL', server.url)]);
  expect(output.split('\n')[0]).toContain(`grant.created {'grantId': '`);
});

const WEBSOCKETS = `
import asyncio
import json
import os
import websockets

async def listen():
    uri = "URL/v1/events/ws"
    headers = {"Authorization": f"Bearer {os.environ['GRANTEX_API_KEY']}"}

    async with websockets.connect(uri, additional_headers=headers) as ws:
        async for message in ws:
            event = json.loads(message)
            print(event["type"], event["data"])

asyncio.run(listen())
`;

test.skipIf(!hasWebSockets)('Python with websockets', { timeout: 15_000 }, async () => {
  await using server = await EventServer.start();
  const program = WEBSOCKETS.replace('URL', server.url.replace('http', 'ws'));
  const output = await outputOf(server, 'python3', ['-c', program]);
  expect(output.split('\n')[0]).toContain(`grant.created {'grantId': '`);
});
