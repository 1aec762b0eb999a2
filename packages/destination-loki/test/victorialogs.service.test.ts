import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { needService } from '../../../tools/services/address.js';
import { QUICK, idsOf, recentEvents, ServiceRig } from '../../../tools/services/trial/service-rig.js';
import { storedLogs } from '../../../tools/services/victorialogs.js';
import { LokiDestination } from '../src/index.js';
import { recordingLogger } from './rig.js';

test('2,000 published events are read back from another server that takes pushes, each once', async (context) => {
  const { VICTORIALOGS_LOKI_URL: url } = needService('victorialogs', context);
  const service = `test-${randomUUID()}`;
  await using rig = await ServiceRig.start({
    destination: new LokiDestination({ ...QUICK, url, labels: { service } }),
  });
  const events = recentEvents(2_000);
  rig.publish(events);
  await rig.settled(events.length);
  expect(await rig.source.stop()).toEqual({ remaining: [] });

  const rows = await storedLogs(service);
  expect(rows.map(({ fields }) => fields['event_id'] ?? '').toSorted()).toEqual(idsOf(events));
  expect(rows.map(({ time }) => time)).toEqual(events.map(({ createdAt }) => Date.parse(createdAt)));
  const texts = new Set(events.map((event) => JSON.stringify(event)));
  expect(rows.every(({ message }) => texts.has(message))).toBe(true);
  expect(rig.loud).toEqual([]);
});

test('check() behind a gateway: without a password, with a wrong one, with the right one', async (context) => {
  needService('victorialogs', context);
  const { NGINX_BASIC_URL, NGINX_USER: username, NGINX_PASSWORD } = needService('nginx', context);
  const url = `${NGINX_BASIC_URL}/insert`;
  const refused = {
    ok: false,
    statusCode: 401,
    message: expect.stringMatching(/401 Authorization Required.*check username and password$/),
  };
  for (const [credentials, expected] of [
    [{}, refused],
    [{ username, password: 'not-the-password' }, refused],
    [
      { username, password: NGINX_PASSWORD },
      { ok: true, statusCode: 204 },
    ],
  ] as const) {
    await using destination = new LokiDestination({ ...QUICK, url, ...credentials, logger: recordingLogger() });
    expect(await destination.check()).toMatchObject(expected);
    expect(await destination.sendTest()).toMatchObject({ ...expected, ...(expected.ok && { message: 'accepted' }) });
  }
});
