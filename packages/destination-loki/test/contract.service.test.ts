import { randomUUID } from 'node:crypto';
import { destinationContract, HttpReceiver, httpSubject, type Answer, type ReceivedRequest } from '@grantex/testing';
import { expect, test } from 'vitest';
import { serviceAddress } from '../../../tools/services/address.js';
import { LokiDestination } from '../src/index.js';
import { storedEntries } from './loki-query.js';
import { idsIn, PASSWORD, USERNAME } from './rig.js';

const address = serviceAddress('loki');
if (address === undefined && process.env['CI'] === 'true') {
  throw new Error('loki does not run; start it with: pnpm services up loki');
}

/** Hands a request on to Loki, as a gateway does. */
async function push({ method, path, headers, raw }: ReceivedRequest): Promise<Answer> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  const url = new URL(path, address?.LOKI_URL);
  const reply = await fetch(url, {
    method,
    body: raw,
    headers: { 'content-type': type, 'content-encoding': encoding },
  });
  const body = await reply.text();
  // 204 has no body.
  return body === '' ? { status: reply.status } : { status: reply.status, body };
}

// The real Loki behind a gateway: refusals that need a broken server, or a password, are the gateway's.
const { leftOut } = destinationContract(
  test.skipIf(address === undefined),
  async () => {
    const run = randomUUID();
    const receiver = await HttpReceiver.start({ parse: idsIn });
    const subject = httpSubject({
      receiver,
      secrets: [PASSWORD],
      idsOf: idsIn,
      isDelivery: (request) => idsIn(request).length > 0,
      healthy: push,
      destination: (options) =>
        new LokiDestination({
          url: receiver.url,
          username: USERNAME,
          password: PASSWORD,
          labels: { run },
          ...options,
        }),
    });
    return {
      ...subject,
      fail(fault) {
        if (fault.kind !== 'answer-lost') return subject.fail(fault);
        receiver.answer(async (request) => {
          await push(request);
          return { dropAnswer: true };
        });
      },
      /** What was handed on, in order, as far as Loki has it: it shows entries by their time, and repeats once. */
      async receivedIds() {
        const ids = [...receiver.ids];
        if (ids.length === 0) return [];
        const stored = await storedEntries(`{run="${run}"}`);
        const storedIds = stored.map(({ line }) => (JSON.parse(line) as { id: string }).id);
        if (new Set(storedIds).size < storedIds.length) throw new Error('Loki has stored an event twice');
        return ids.filter((id) => storedIds.includes(id));
      },
    };
  },
  { without: ['partial'], startTime: Date.now() },
);

test('left out: partial answers only, which have tests of their own', () => {
  expect(leftOut.every(({ test: name }) => name.includes('partial answer'))).toBe(true);
});
