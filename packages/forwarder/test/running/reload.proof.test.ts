import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeEvents } from '@grantex/testing';
import { expect, test, vi } from 'vitest';
import { KEYS, missing, PATIENCE, ProgramRig, repeated, TEST_TIMEOUT_MS, until } from './program-rig.js';

vi.setConfig({ testTimeout: TEST_TIMEOUT_MS });

test('a reload under load: one destination added, one changed, one removed, one with new credentials', async () => {
  await using rig = await ProgramRig.start();
  const [steady, changed, removed, renewed, added] = await Promise.all([
    rig.intake(),
    rig.intake(),
    rig.intake(),
    rig.intake('old-key'),
    rig.intake(),
  ]);
  await rig.write({
    steady: rig.datadog(steady),
    changed: rig.datadog(changed),
    removed: rig.datadog(removed),
    renewed: rig.datadog(renewed, { apiKey: 'old-key' }),
  });
  const run = await rig.run();
  rig.publish(2_000);
  await steady.waitFor(2_000, PATIENCE);
  const first = rig.published.length;
  await rig.write({
    steady: rig.datadog(steady),
    changed: rig.datadog(changed, { tags: ['env:test'], batchSize: 37 }),
    renewed: rig.datadog(renewed, { apiKey: 'new-key' }),
    added: rig.datadog(added),
  });
  await run.logged('the settings were read again; added: added; changed: changed, renewed; removed: removed');
  const readAgain = rig.published.length;
  // The intake does not know the new key yet: events wait for it.
  await until('the new key is refused', async () => {
    const { sources } = await rig.control.status();
    return sources['main']?.destinations['renewed']?.state === 'holding';
  });
  renewed.answer((request) => ({ status: request.headers['dd-api-key'] === 'new-key' ? 202 : 403 }));
  await steady.waitFor(rig.published.length + 1_000, PATIENCE);
  await rig.quiet();
  for (const intake of [steady, changed, renewed]) await intake.waitFor(rig.published.length, PATIENCE);
  await until('nothing waits', async () => {
    const { sources } = await rig.control.status();
    return Object.values(sources['main']?.destinations ?? {}).every(({ waiting }) => waiting === 0);
  });

  for (const intake of [steady, changed, renewed]) {
    expect(missing(rig.published, intake.ids)).toEqual([]);
    expect(repeated(intake.ids)).toEqual([]);
    expect(intake.ids).toEqual(rig.published);
  }
  expect(missing(rig.published.slice(readAgain), added.ids)).toEqual([]);
  expect(repeated(added.ids)).toEqual([]);
  expect(removed.ids.length).toBeGreaterThan(0);
  expect(removed.ids.length).toBeLessThan(rig.published.length);
  expect(rig.published.slice(0, removed.ids.length)).toEqual(removed.ids);
  expect(first).toBeLessThan(readAgain);
  run.kill('SIGTERM');
  expect(await run.ended()).toBe(0);
  expect(run.log.filter(({ level }) => level === 'error')).toEqual([]);
});

test('a bad file leaves the running one in place, and says what is wrong with it', async () => {
  await using rig = await ProgramRig.start();
  const intake = await rig.intake();
  await rig.write({ datadog: rig.datadog(intake) });
  const run = await rig.run();
  await rig.write({ datadog: { ...rig.datadog(intake), batchSize: 'many' } });
  const { msg } = await run.logged('the settings were not taken');
  expect(msg).toMatch(/grantex-forwarder\.yaml:\d+:\d+: destinations\.datadog\.batchSize: expected a whole number/);
  const { settings } = await rig.control.status();
  expect(settings).toMatchObject({ reloads: { applied: 0, rejected: 1 } });
  expect(settings.problem).toContain('destinations.datadog.batchSize');
  rig.publish(500);
  await intake.waitFor(500, PATIENCE);
  await rig.quiet();
  await intake.waitFor(rig.published.length, PATIENCE);
  await rig.write({ datadog: rig.datadog(intake, { batchSize: 50 }) });
  await run.logged('the settings were read again; changed: datadog');
  expect((await rig.control.status()).settings).toMatchObject({ reloads: { applied: 1, rejected: 1 }, problem: null });
});

test('a secret that was missing: the settings are taken when its file is there', async () => {
  await using rig = await ProgramRig.start();
  const intake = await rig.intake();
  await rig.write({ datadog: rig.datadog(intake) });
  const run = await rig.run();
  await rig.write({ datadog: rig.datadog(intake, { apiKey: 'file:./datadog-key' }) });
  await run.logged('the settings were not taken');
  await writeFile(join(rig.folder, 'datadog-key'), `${intake.apiKey}\n`);
  await run.logged('the settings were read again');
  expect((await rig.control.status()).settings.problem).toBeNull();
  rig.publish(500);
  await intake.waitFor(200, PATIENCE);
});

test('another address of the source: a new one listens before the old one ends, nothing is missed', async () => {
  await using rig = await ProgramRig.start();
  const intake = await rig.intake();
  await rig.write({ datadog: rig.datadog(intake) });
  const run = await rig.run();
  rig.publish(1_000);
  await intake.waitFor(500, PATIENCE);
  const connects = rig.server.requests.length;
  // The same server under another name of its host.
  await rig.write(
    { datadog: rig.datadog(intake) },
    { sources: { main: { url: rig.server.url.replace('127.0.0.1', 'localhost'), apiKey: rig.server.key } } },
  );
  await run.logged('the settings were read again; changed: main');
  await until('the connection is new', () => rig.server.requests.length > connects);
  await intake.waitFor(rig.published.length + 500, PATIENCE);
  await rig.quiet();
  await intake.waitFor(rig.published.length, PATIENCE);
  expect(missing(rig.published, intake.ids)).toEqual([]);
  expect(repeated(intake.ids)).toEqual([]);
  expect(run.log.filter(({ msg }) => msg.includes('gap'))).toEqual([]);
});

test('a new key of the source: the connection is replaced by one with that key', async () => {
  await using rig = await ProgramRig.start();
  const intake = await rig.intake();
  await rig.write({ datadog: rig.datadog(intake) });
  const run = await rig.run();
  rig.publish(500);
  await intake.waitFor(100, PATIENCE);
  await rig.quiet();
  const source = (apiKey: string): object => ({ sources: { main: { url: rig.server.url, apiKey } } });
  await rig.write({ datadog: rig.datadog(intake) }, source(KEYS[1]));
  await run.logged('the settings were read again; changed: main');
  await until('the stream of the second key is heard', () => {
    rig.server.publish(makeEvents(1, { seed: Math.ceil(performance.now()), startTime: Date.now() }), { key: KEYS[1] });
    return intake.ids.length > rig.published.length;
  });
  expect(run.log.filter(({ level }) => level === 'error')).toEqual([]);
});

test('a new key that is wrong: the old connection goes on, and it is said', async () => {
  await using rig = await ProgramRig.start();
  const intake = await rig.intake();
  await rig.write({ datadog: rig.datadog(intake) });
  const run = await rig.run();
  await until('it is heard', async () => (await rig.control.status()).sources['main']?.state === 'heard');
  await rig.write(
    { datadog: rig.datadog(intake) },
    { sources: { main: { url: rig.server.url, apiKey: 'gx_test_this_key_is_not_known' } } },
  );
  const { level, msg } = await run.logged('the planned change is put off, the connection stays');
  expect(level).toBe('warn');
  expect(msg).toContain('401');
  rig.publish(500);
  await intake.waitFor(200, PATIENCE);
});

test('a source that refuses its new key leaves everything as it is', async () => {
  await using rig = await ProgramRig.start();
  const intake = await rig.intake();
  await rig.write({ datadog: rig.datadog(intake) });
  const run = await rig.run();
  await rig.write(
    { datadog: rig.datadog(intake) },
    {
      sources: {
        main: { url: rig.server.url, apiKey: rig.server.key },
        second: { url: rig.server.url, apiKey: 'gx_test_this_key_is_not_known' },
      },
    },
  );
  const { level } = await run.logged(
    'the settings were not taken, the running ones stay: sources.second: Failed to connect',
  );
  expect(level).toBe('error');
  rig.publish(500);
  await intake.waitFor(500, PATIENCE);
});
