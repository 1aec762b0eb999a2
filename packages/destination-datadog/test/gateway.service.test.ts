import { createHttpAgent, type Dispatcher, type NewDeadLetter } from '@grantex/core';
import { expect, test } from 'vitest';
import { needService } from '../../../tools/services/address.js';
import { without } from '../../../tools/services/trial/network-trial.js';
import { idsOf, recentEvents } from '../../../tools/services/trial/service-rig.js';
import { until } from '../../../tools/services/trial/until.js';
import { DatadogDestination } from '../src/index.js';
import { DatadogRig, expectCleanLines, storedIds, UNKNOWN_KEY } from './service-rig.js';

/** What VictoriaLogs takes behind nginx, which stands for the gateway that many networks have in front of Datadog. */
const PATH = '/insert/datadog';

/** An egress proxy that puts in the real key, once somebody has given it one. */
class KeyHolder implements AsyncDisposable {
  key: string | undefined;
  readonly dispatcher: Dispatcher = createHttpAgent(1).compose((dispatch) => (options, handler) => {
    const headers = options.headers as Readonly<Record<string, string>>;
    return dispatch(
      this.key === undefined ? options : { ...options, headers: { ...headers, 'dd-api-key': this.key } },
      handler,
    );
  });

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispatcher.close();
  }
}

test('403: a wrong key holds the delivery with one warning; nothing is lost, and it goes on with the right key', async (context) => {
  const { NGINX_KEYED_URL, NGINX_API_KEY } = needService('nginx', context);
  await using proxy = new KeyHolder();
  await using rig = await DatadogRig.open(
    (own) =>
      new DatadogDestination({
        ...own,
        apiKey: UNKNOWN_KEY,
        endpoint: `${NGINX_KEYED_URL}${PATH}`,
        dispatcher: proxy.dispatcher,
      }),
  );
  const events = recentEvents(250);
  rig.publish(events);
  await until(() => rig.stats.requests >= 4 && rig.stats.lag === 250);
  expect(rig.stats).toMatchObject({ state: 'holding', delivered: 0 });
  expect(await rig.stored()).toEqual([]);

  proxy.key = NGINX_API_KEY;
  await rig.settled(events.length);
  expect(storedIds(await rig.stored())).toEqual(idsOf(events));
  expect(rig.stats).toMatchObject({ state: 'delivering', delivered: 250, deadLettered: 0, lag: 0 });
  expect(rig.loud).toEqual([
    expect.stringMatching(
      /^warn: datadog: holding, nothing is lost\. Datadog replied 403 \(Forbidden\); check that apiKey/,
    ),
  ]);
  expectCleanLines(rig.lines, UNKNOWN_KEY, NGINX_API_KEY);
});

test('413 (HTML): a batch is halved until it passes; every event arrives once', async (context) => {
  const { NGINX_SMALL_URL } = needService('nginx', context);
  await using rig = await DatadogRig.open(
    (own) =>
      new DatadogDestination({
        ...own,
        apiKey: UNKNOWN_KEY,
        endpoint: `${NGINX_SMALL_URL}${PATH}`,
        compression: 'none',
        batchSize: 1_000,
      }),
  );
  const events = recentEvents(2_000);
  rig.publish(events);
  await rig.settled(events.length);
  expect(storedIds(await rig.stored())).toEqual(idsOf(events));
  expect(rig.stats).toMatchObject({ delivered: 2_000, deadLettered: 0 });
  expect(rig.stats.lastError).toMatchObject({
    code: 'DEST_TOO_LARGE',
    statusCode: 413,
    message: expect.stringMatching(
      /^Datadog replied 413 \([^<>]*Request Entity Too Large[^<>]*\); a request may have 5 MB/,
    ),
  });
  expect(rig.loud).toEqual([]);
});

test('413 (HTML): one event that is too large alone becomes a dead letter; its neighbours arrive', async (context) => {
  const { NGINX_SMALL_URL } = needService('nginx', context);
  const letters: NewDeadLetter[] = [];
  await using rig = await DatadogRig.open(
    (own) =>
      new DatadogDestination({
        ...own,
        apiKey: UNKNOWN_KEY,
        endpoint: `${NGINX_SMALL_URL}${PATH}`,
        compression: 'none',
        onDeadLetter: (letter) => void letters.push(letter),
      }),
  );
  const events = recentEvents(100).map((event, index) =>
    index === 61 ? { ...event, data: { ...event.data, padding: 'x'.repeat(200_000) } } : event,
  );
  rig.publish(events);
  await rig.settled(events.length);
  const large = events[61]?.id;
  expect(storedIds(await rig.stored())).toEqual(idsOf(events).filter((id) => id !== large));
  expect(letters).toMatchObject([{ eventId: large, code: 'DEST_TOO_LARGE', statusCode: 413 }]);
  expect(rig.loud).toEqual([expect.stringMatching(/^error: datadog: gave up 1 event.*Datadog replied 413 \(/)]);
  expectCleanLines(rig.lines, UNKNOWN_KEY);
});

test('429 (HTML, no Retry-After): the batch is tried again until it passes; every event arrives once', async (context) => {
  const { NGINX_LIMITED_URL } = needService('nginx', context);
  await using rig = await DatadogRig.open(
    (own) => new DatadogDestination({ ...own, apiKey: UNKNOWN_KEY, endpoint: `${NGINX_LIMITED_URL}${PATH}` }),
  );
  const events = recentEvents(500);
  rig.publish(events);
  await rig.settled(events.length);
  expect(storedIds(await rig.stored())).toEqual(idsOf(events));
  expect(rig.stats).toMatchObject({ state: 'delivering', delivered: 500, deadLettered: 0 });
  expect(rig.stats.lastError).toMatchObject({
    code: 'DEST_THROTTLED',
    statusCode: 429,
    message: expect.stringMatching(/^Datadog replied 429 \([^<>]*Too Many Requests[^<>]*\)$/),
  });
  expectCleanLines(rig.lines, UNKNOWN_KEY);
});

test('502 (HTML): the server behind the gateway is stopped and started; every event arrives once', async (context) => {
  const { NGINX_KEYED_URL, NGINX_API_KEY } = needService('nginx', context);
  await using rig = await DatadogRig.open(
    (own) => new DatadogDestination({ ...own, apiKey: NGINX_API_KEY, endpoint: `${NGINX_KEYED_URL}${PATH}` }),
  );
  const events = recentEvents(500);
  rig.publish(events.slice(0, 200));
  await rig.settled(200);
  await without('victorialogs', async () => {
    rig.publish(events.slice(200));
    await until(() => rig.stats.retries >= 4 && rig.stats.lag === 300);
    expect(rig.stats).toMatchObject({ state: 'retrying', delivered: 200 });
  });
  await rig.settled(events.length);
  expect(storedIds(await rig.stored())).toEqual(idsOf(events));
  expect(rig.stats).toMatchObject({ state: 'delivering', delivered: 500, deadLettered: 0 });
  expect(rig.loud).toEqual([
    expect.stringMatching(/^warn: datadog: trying again, nothing is lost\. Datadog replied 502 \([^<>]*Bad Gateway/),
  ]);
  expectCleanLines(rig.lines, NGINX_API_KEY);
});

test('502 (HTML): a dead upstream; what was not delivered is reported at the end', async (context) => {
  const { NGINX_DEAD_URL } = needService('nginx', context);
  await using rig = await DatadogRig.open(
    (own) => new DatadogDestination({ ...own, apiKey: UNKNOWN_KEY, endpoint: `${NGINX_DEAD_URL}${PATH}` }),
  );
  const events = recentEvents(150);
  rig.publish(events);
  await until(() => rig.stats.retries >= 4 && rig.stats.lag === 150);
  const { remaining } = await rig.source.stop({ deadlineMs: 100 });
  expect(remaining).toMatchObject([
    { destination: 'datadog', events: 150, firstId: events[0]?.id, lastId: events[149]?.id },
  ]);
  expectCleanLines(rig.lines, UNKNOWN_KEY);
});
