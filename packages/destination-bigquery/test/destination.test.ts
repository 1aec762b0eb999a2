// Above 300 lines: what the destination does over REST, case by case, against one scripted server.
import type { NewDeadLetter } from '@grantex/core';
import { HttpReceiver } from '@grantex/testing';
import { expect, test } from 'vitest';
import { BigQueryDestination } from '../src/index.js';
import {
  clientWith,
  deliver,
  destinationFor,
  eventsOf,
  fixture,
  idsIn,
  idsOf,
  INSERTED,
  jsonAnswer,
  QUICK,
  receive,
  recordingLogger,
  REST_PATH,
  rowsIn,
  TABLE,
  THE_TABLE,
  TOKEN,
} from './rig.js';

const NOT_FOUND = jsonAnswer(404, fixture('emulator-not-found-404.json'));

function rowErrors(errors: readonly [index: number, reason: string, message: string][]) {
  const insertErrors = errors.map(([index, reason, message]) => ({ index, errors: [{ reason, message }] }));
  return jsonAnswer(200, JSON.stringify({ kind: 'bigquery#tableDataInsertAllResponse', insertErrors }));
}

test('a request as the README says', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver);
  const events = eventsOf(3);
  await deliver(destination, events);

  expect(receiver.ids).toEqual(idsOf(events));
  const [request] = receiver.requests;
  expect(request).toMatchObject({ method: 'POST', path: `${REST_PATH}/events/insertAll`, query: 'prettyPrint=false' });
  expect(request?.headers).toMatchObject({
    authorization: `Bearer ${TOKEN}`,
    'content-type': 'application/json',
    'user-agent': expect.stringMatching(/^grantex-destination-bigquery\/\d+\.\d+\.\d+/),
  });
  const body = JSON.parse(request?.body.toString() ?? '') as { skipInvalidRows: boolean };
  expect(body.skipInvalidRows).toBe(true);
  expect(rowsIn(request!)).toEqual(
    events.map(({ id, type, createdAt, data }) => ({
      insertId: id,
      json: {
        event_id: id,
        event_type: type,
        created_at: createdAt.replace('Z', '000Z'),
        data: JSON.stringify(data),
      },
    })),
  );
});

test('500 rows in a request', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver);
  const events = eventsOf(1_200);
  await deliver(destination, events);
  expect(receiver.accepted.map(({ ids }) => ids.length)).toEqual([500, 500, 200]);
  expect(receiver.ids).toEqual(idsOf(events));
});

test('row errors: bad rows become dead letters with the words of BigQuery, the others are not sent again', async () => {
  await using receiver = await receive();
  const letters: NewDeadLetter[] = [];
  await using destination = destinationFor(receiver, { onDeadLetter: (letter) => void letters.push(letter) });
  receiver.next(rowErrors([[1, 'invalid', 'no such field: nope.']]));
  const events = eventsOf(4);
  await deliver(destination, events);
  expect(receiver.requests.map((request) => idsIn(request).length)).toEqual([4]);
  expect(letters).toMatchObject([
    {
      eventId: events[1]?.id,
      code: 'DEST_REJECTED',
      reason: 'BigQuery refused the row (invalid: no such field: nope.)',
      statusCode: 200,
    },
  ]);
});

test('row errors that pass come again, with the same insertIds', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver);
  receiver.next(
    rowErrors([
      [0, 'stopped', ''],
      [2, 'backendError', 'try again'],
    ]),
  );
  const events = eventsOf(3);
  await deliver(destination, events);
  expect(receiver.requests.map(idsIn)).toEqual([idsOf(events), [events[0]?.id, events[2]?.id]]);
});

test('all rows refused: that is a table with other columns; the delivery holds, says so once, and nothing is given up', async () => {
  const logger = recordingLogger();
  const letters: NewDeadLetter[] = [];
  await using receiver = await receive();
  let isMended = false;
  receiver.answer((request) =>
    isMended ? INSERTED : rowErrors(idsIn(request).map((_id, index) => [index, 'invalid', 'no such field: data.'])),
  );
  await using destination = destinationFor(receiver, { logger, onDeadLetter: (letter) => void letters.push(letter) });
  const events = eventsOf(20);
  await destination.send(events);
  const flushed = destination.flush();
  await receiver.waitFor(() => logger.lines.some((line) => /setting is wrong.*no such field: data/.test(line)));
  isMended = true;
  await flushed;
  expect(letters).toEqual([]);
  const last = new Set(receiver.requests.filter(({ status }) => status === 200).flatMap(idsIn));
  expect(last).toEqual(new Set(idsOf(events)));
});

test.each([
  ['a missing table', NOT_FOUND, /Not found.*check projectId, datasetId and tableId, or set createTable/],
  ['no rights', jsonAnswer(403, '{"error":{"errors":[{"reason":"accessDenied","message":"no"}]}}'), /dataEditor/],
  ['a token that is not known', jsonAnswer(401, ''), /check keyFilename, credentials/],
  ['no billing', jsonAnswer(403, '{"error":{"errors":[{"reason":"billingNotEnabled"}]}}'), /billing/],
])('%s: holds, says once what to mend, and goes on by itself', async (_what, answer, message) => {
  await using receiver = await receive();
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { logger });
  receiver.next(answer, answer, answer);
  const events = eventsOf(5);
  await deliver(destination, events);
  expect(logger.lines.filter((line) => line.startsWith('warn '))).toEqual([expect.stringMatching(message)]);
  expect(new Set(receiver.requests.slice(3).flatMap(idsIn))).toEqual(new Set(idsOf(events)));
});

test('createTable: made before the first batch, partitioned by day and clustered by type; once', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver, { createTable: true });
  receiver.next(NOT_FOUND);
  await deliver(destination, eventsOf(3));
  await deliver(destination, eventsOf(3));
  expect(receiver.requests.map(({ method, path }) => `${method} ${path.slice(REST_PATH.length)}`)).toEqual([
    'GET /events',
    'POST ',
    'POST /events/insertAll',
    'POST /events/insertAll',
  ]);
  expect(JSON.parse(receiver.requests[1]?.body.toString() ?? '')).toMatchObject({
    tableReference: TABLE,
    schema: {
      fields: [
        { name: 'event_id', type: 'STRING', mode: 'REQUIRED' },
        { name: 'event_type', type: 'STRING', mode: 'REQUIRED' },
        { name: 'created_at', type: 'TIMESTAMP', mode: 'REQUIRED' },
        { name: 'data', type: 'JSON', mode: 'NULLABLE' },
      ],
    },
    timePartitioning: { type: 'DAY', field: 'created_at' },
    clustering: { fields: ['event_type'] },
  });
});

test('createTable: made by somebody else meanwhile, not known to insertAll at once, and gone later', async () => {
  await using receiver = await receive();
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { createTable: true, logger });
  const duplicate = jsonAnswer(409, '{"error":{"errors":[{"reason":"duplicate","message":"Already Exists"}]}}');
  receiver.next(NOT_FOUND, duplicate, NOT_FOUND, THE_TABLE);
  const events = eventsOf(3);
  await deliver(destination, events);
  expect(receiver.ids).toEqual(idsOf(events));
  expect(logger.lines.filter((line) => line.startsWith('warn '))).toEqual([]);
});

test('createTable: where it may not be made, the delivery holds and says why', async () => {
  await using receiver = await receive();
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { createTable: true, logger });
  const denied = jsonAnswer(403, '{"error":{"errors":[{"reason":"accessDenied","message":"tables.create"}]}}');
  receiver.next(NOT_FOUND, denied);
  await deliver(destination, eventsOf(3));
  expect(logger.lines.filter((line) => line.startsWith('warn '))).toEqual([
    expect.stringMatching(/the table cannot be made: BigQuery replied 403 \(accessDenied: tables\.create\)/),
  ]);
});

test('a page of a proxy with status 200 is no acceptance', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver);
  receiver.next({ status: 200, body: '<html>Sign in</html>', store: false });
  const events = eventsOf(2);
  await deliver(destination, events);
  expect(receiver.ids).toEqual(idsOf(events));
});

test('check(): fine, key right but table missing, key wrong, host unknown, nobody there, TLS not trusted', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver);
  expect(await destination.check()).toMatchObject({ ok: true, statusCode: 200 });
  expect(receiver.requests).toMatchObject([{ method: 'GET', path: `${REST_PATH}/events` }]);
  receiver.next(NOT_FOUND);
  expect(await destination.check()).toMatchObject({
    ok: false,
    statusCode: 404,
    message: expect.stringContaining('tableId'),
  });
  receiver.next(jsonAnswer(401, ''));
  expect(await destination.check()).toMatchObject({ ok: false, message: expect.stringContaining('credentials') });
  receiver.next(jsonAnswer(200, '{"schema":{"fields":[{"name":"event_id","type":"INTEGER"}]}}'));
  expect(await destination.check()).toMatchObject({
    ok: false,
    message: expect.stringContaining('event_id is INTEGER'),
  });
  await receiver.down();
  await using late = destinationFor(receiver);
  expect(await late.check()).toMatchObject({
    ok: false,
    message: expect.stringContaining('refused the connection'),
  });

  await using unknown = destinationFor(receiver, { client: clientWith('https://bigquery.invalid') });
  expect(await unknown.check()).toMatchObject({ ok: false, message: expect.stringContaining('is not known') });

  await using secure = await HttpReceiver.start({
    tls: { key: fixture('server.key.pem'), cert: fixture('server.cert.pem') },
  });
  await using untrusting = destinationFor(secure, { client: clientWith(secure.url) });
  expect(await untrusting.check()).toMatchObject({
    ok: false,
    message: expect.stringMatching(/certificate of the service is not trusted.*NODE_EXTRA_CA_CERTS/),
  });
});

test.each([
  [
    'a key file that is not there',
    { keyFilename: '/nowhere/key.json' },
    /no access token of Google.*check keyFilename/,
  ],
  [
    'a key that cannot sign',
    {
      credentials: {
        client_email: 'a@b.example',
        private_key: '-----BEGIN PRIVATE KEY-----\nnone\n-----END PRIVATE KEY-----',
      },
    },
    /no access token of Google.*check keyFilename, credentials/,
  ],
])('%s: the message says so, and no request is made', async (_what, options, message) => {
  await using destination = new BigQueryDestination({ ...TABLE, ...options, logger: recordingLogger(), retry: QUICK });
  expect(await destination.check()).toMatchObject({ ok: false, message: expect.stringMatching(message) });
});

test('a token that cannot be fetched for now is the fault of the network, and it goes on', async () => {
  await using receiver = await receive();
  const failures: Error[] = [
    Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' }),
    Object.assign(new Error('Service Unavailable'), { response: { status: 503 } }),
  ];
  const client = clientWith(receiver.url, async () => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    return new Headers({ authorization: `Bearer ${TOKEN}` });
  });
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { client, logger });
  await deliver(destination, eventsOf(2));
  expect(receiver.ids).toHaveLength(2);
  expect(logger.lines.filter((line) => line.startsWith('warn '))).toEqual([]);
});

test('over plain http no token is asked for', async () => {
  await using receiver = await receive();
  await using destination = new BigQueryDestination({ ...TABLE, apiEndpoint: receiver.url, logger: recordingLogger() });
  await deliver(destination, eventsOf(1));
  expect(receiver.requests[0]?.headers).not.toHaveProperty('authorization');
});

test('sendTest(): one event, and the query that finds it', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver);
  const result = await destination.sendTest();
  expect(result).toMatchObject({
    ok: true,
    statusCode: 200,
    query: `SELECT * FROM \`acme-audit.grantex.events\` WHERE event_id = '${result.eventId}'`,
  });
  expect(receiver.ids).toEqual([result.eventId]);
});

test('an event whose createdAt is no time becomes a dead letter, the others are delivered', async () => {
  await using receiver = await receive();
  const letters: NewDeadLetter[] = [];
  await using destination = destinationFor(receiver, { onDeadLetter: (letter) => void letters.push(letter) });
  const [first, second] = eventsOf(2);
  await deliver(destination, [{ ...first!, createdAt: 'yesterday' }, second!]);
  expect(receiver.ids).toEqual([second?.id]);
  expect(letters).toMatchObject([{ eventId: first?.id, reason: expect.stringContaining('no RFC 3339 time') }]);
});
