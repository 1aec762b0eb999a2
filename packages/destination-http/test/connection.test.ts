import { afterEach, expect, test, vi } from 'vitest';
import { createHttpAgent } from '@grantex/core';
import { HttpDestination } from '../src/index.js';
import { ConnectProxy } from './connect-proxy.js';
import { deliver, destinationFor, eventsOf, fixture, fixturePath, receive, recordingLogger, SERVER } from './rig.js';

afterEach(() => void vi.unstubAllEnvs());

test.each([
  ['a path', fixturePath('ca.cert.pem')],
  ['a text', fixture('ca.cert.pem')],
  ['a list', [fixture('client.cert.pem'), fixturePath('ca.cert.pem')]],
])('tls.ca, %s: an authority of one’s own', async (_what, ca) => {
  await using receiver = await receive({ tls: SERVER });
  await using destination = destinationFor(receiver, { tls: { ca } });
  expect(await destination.sendTest()).toMatchObject({ ok: true });
});

test('without it the certificate is not trusted, and the message says what to do', async () => {
  await using receiver = await receive({ tls: SERVER });
  await using destination = destinationFor(receiver);
  expect(await destination.sendTest()).toMatchObject({
    ok: false,
    message: expect.stringMatching(/certificate.*not trusted.*tls\.ca/),
  });
  expect(receiver.requests).toEqual([]);
});

test('tls.insecureSkipVerify takes any certificate, with a warning', async () => {
  await using receiver = await receive({ tls: SERVER });
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { tls: { insecureSkipVerify: true }, logger });
  expect(await destination.sendTest()).toMatchObject({ ok: true });
  expect(logger.lines).toEqual([expect.stringMatching(/^warn \w+: certificates are not checked/)]);
});

test('tls.cert and tls.key show who we are', async () => {
  const ca = fixture('ca.cert.pem');
  const tls = { ...SERVER, ca, requestCert: true, rejectUnauthorized: true };
  await using receiver = await receive({ tls });
  await using known = destinationFor(receiver, {
    tls: { ca, cert: fixturePath('client.cert.pem'), key: fixture('client.key.pem') },
  });
  expect(await known.sendTest()).toMatchObject({ ok: true });
  await using unknown = destinationFor(receiver, { tls: { ca } });
  expect(await unknown.sendTest()).toMatchObject({ ok: false });
});

test('proxy: a tunnel to the receiver, with the password, and the receiver’s certificate is checked', async () => {
  await using proxy = await ConnectProxy.start({ password: 'a-proxy-password' });
  await using receiver = await receive({ tls: SERVER });
  const through = { proxy: `http://user:a-proxy-password@${proxy.host}`, tls: { ca: fixturePath('ca.cert.pem') } };
  await using destination = destinationFor(receiver, through);
  await deliver(destination, eventsOf(3));
  expect(receiver.ids).toHaveLength(3);
  expect(receiver.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
  expect(proxy.asked).toEqual([`CONNECT 127.0.0.1:${receiver.port}`]);

  await using untrusting = destinationFor(receiver, { proxy: through.proxy });
  expect(await untrusting.sendTest()).toMatchObject({ ok: false, message: expect.stringContaining('not trusted') });
});

test('proxy: plain http goes through it as well', async () => {
  await using proxy = await ConnectProxy.start();
  await using receiver = await receive();
  await using destination = destinationFor(receiver, { proxy: `http://${proxy.host}` });
  expect(await destination.sendTest()).toMatchObject({ ok: true, statusCode: 202 });
  expect(proxy.asked).toEqual([`POST ${receiver.url}/hooks/grantex?env=test`]);
});

test.each([
  ['https', 407, 'the proxy wants a user name and a password: check proxy'],
  ['http', 407, 'the proxy wants a user name and a password: check proxy'],
  ['https', 403, 'the proxy does not allow connections to 127.0.0.1:'],
  ['https', 502, 'the proxy replied 502 when it was asked for 127.0.0.1:'],
] as const)('proxy: %s, refused with %d', async (protocol, status, message) => {
  const options = status === 407 ? { password: 'a-proxy-password' } : { status };
  await using proxy = await ConnectProxy.start(options);
  await using receiver = await receive(protocol === 'https' ? { tls: SERVER } : {});
  await using destination = destinationFor(receiver, { proxy: `http://${proxy.host}` });
  expect(await destination.sendTest()).toMatchObject({ ok: false, message: expect.stringContaining(message) });
  expect(receiver.requests).toEqual([]);
});

test('NO_PROXY: what is named there is reached directly', async () => {
  vi.stubEnv('NO_PROXY', '127.0.0.1');
  await using proxy = await ConnectProxy.start();
  await using receiver = await receive();
  await using destination = destinationFor(receiver, { proxy: `http://${proxy.host}` });
  expect(await destination.sendTest()).toMatchObject({ ok: true, statusCode: 200 });
  expect(proxy.asked).toEqual([]);
});

test("proxy 'environment': HTTPS_PROXY and HTTP_PROXY; without the option they mean nothing", async () => {
  await using proxy = await ConnectProxy.start();
  await using receiver = await receive({ tls: SERVER });
  vi.stubEnv('HTTPS_PROXY', `http://${proxy.host}`);
  const tls = { ca: fixturePath('ca.cert.pem') };
  await using direct = destinationFor(receiver, { tls });
  expect(await direct.sendTest()).toMatchObject({ ok: true });
  expect(proxy.asked).toEqual([]);
  await using through = destinationFor(receiver, { tls, proxy: 'environment' });
  expect(await through.sendTest()).toMatchObject({ ok: true });
  expect(proxy.asked).toEqual([`CONNECT 127.0.0.1:${receiver.port}`]);
});

test("close() ends its own connections; a user's dispatcher wins over tls and proxy, and stays open", async () => {
  await using receiver = await receive({ tls: SERVER });
  const dispatcher = createHttpAgent(1, { tls: { ca: fixture('ca.cert.pem') } });
  const own = { tls: { ca: fixture('ca.cert.pem') } };
  const users = { dispatcher, proxy: 'http://127.0.0.1:9', tls: { insecureSkipVerify: true } };
  for (const options of [own, users]) {
    const destination: HttpDestination = destinationFor(receiver, options);
    await deliver(destination, eventsOf(1));
    await destination.close();
    expect((await destination.check()).ok).toBe('dispatcher' in options);
  }
  await dispatcher.close();
});
