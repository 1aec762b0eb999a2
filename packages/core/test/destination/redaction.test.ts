import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { excerpt } from '@grantex/core';
import { expect, test } from 'vitest';
import { ArrayDestination } from '../array-destination.js';
import { redaction } from '../../src/destination/redaction.js';
import { HttpClient } from '../../src/destination/http-client.js';
import { resolveBatchingOptions } from '../../src/destination/batching-options.js';

const DEFAULTS = { kind: 'some', limits: { maxEvents: 10, maxBytes: 1_000 }, batchSize: 10 };

test.each([
  { secrets: ['key'], text: 'a key, and a key', clean: 'a [secret], and a [secret]' },
  { secrets: ['sk_live_1234', '1234_xyz'], text: 'key sk_live_1234_xyz!', clean: 'key [secret]!' },
  { secrets: ['abc', 'b'], text: 'abc and b', clean: '[secret] and [secret]' },
  { secrets: ['aa'], text: 'aaa', clean: '[secret]' },
  { secrets: ['one', 'two'], text: 'onetwo', clean: '[secret][secret]' },
  { secrets: [''], text: 'nothing', clean: 'nothing' },
])('$secrets in "$text"', ({ secrets, text, clean }) => {
  expect(redaction(secrets)(text)).toBe(clean);
});

test('a secret that a service echoes is taken out before anything is cut off the answer', async () => {
  const secret = 'sk_live_0123456789abcdef';
  const server = createServer((_request, response) => response.end(`${'x'.repeat(190)} ${secret}`));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const batching = { ...resolveBatchingOptions(DEFAULTS, {}), redact: redaction([secret]) };
  const client = new HttpClient({}, batching);
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const { text } = await client.exchange({ method: 'GET', url, headers: {}, signal: AbortSignal.timeout(2_000) });
  await client.close();
  server.close();
  expect(excerpt(text)).toBe(`${'x'.repeat(190)} [secret]`);
});

test('a destination hides what it was given as a secret', () => {
  class Open extends ArrayDestination {
    show(text: string): string {
      return this.redact(text);
    }
  }
  expect(new Open({ url: 'http://127.0.0.1:9/', key: 'a-key' }).show('the a-key')).toBe('the [secret]');
});
