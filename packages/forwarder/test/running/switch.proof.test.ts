import { expect, test, vi } from 'vitest';
import { missing, PATIENCE, ProgramRig, TEST_TIMEOUT_MS, until } from './program-rig.js';

vi.setConfig({ testTimeout: TEST_TIMEOUT_MS });

test('switched off and on: what waits is discarded and told; on sends the past only when asked', async () => {
  await using rig = await ProgramRig.start();
  const [steady, other] = [await rig.intake(), await rig.intake()];
  await rig.write({ steady: rig.datadog(steady), other: rig.datadog(other) });
  let run = await rig.run();
  rig.publish(500);
  await other.waitFor(200, PATIENCE);
  await other.down();
  const waitingOf = async (): Promise<number> =>
    (await rig.control.status()).sources['main']?.destinations['other']?.waiting ?? 0;
  await until('events wait for it', async () => (await waitingOf()) > 200);
  const { changed, discarded } = await rig.control.switchOff('other');
  expect(changed).toBe(true);
  expect(discarded).toBeGreaterThan(200);
  expect(await rig.control.switchOff('other')).toEqual({ changed: false, discarded: 0 });
  expect((await rig.control.status()).sources['main']?.destinations['other']).toMatchObject({
    state: 'off',
    waiting: 0,
  });

  // It stays so after a restart.
  await rig.quiet();
  run.kill('SIGTERM');
  expect(await run.ended()).toBe(0);
  run = await rig.run();
  expect((await rig.control.status()).sources['main']?.destinations['other']).toMatchObject({ state: 'off' });

  await other.up();
  const before = other.ids.length;
  expect(await rig.control.switchOn('other', { from: 'head' })).toEqual({ changed: true, discarded: 0 });
  const since = rig.published.length;
  rig.publish(500);
  await other.waitFor(before + 200, PATIENCE);
  await rig.quiet();
  await other.waitFor(before + rig.published.length - since, PATIENCE);
  expect(other.ids.slice(before)).toEqual(rig.published.slice(since));

  await rig.control.switchOff('other');
  await rig.control.switchOn('other', { from: 'oldest' });
  await until('the past is there', () => missing(rig.published, other.ids).length === 0);
  expect(missing(rig.published, steady.ids)).toEqual([]);
});

test('with every destination off the stream is still heard', async () => {
  await using rig = await ProgramRig.start();
  const intake = await rig.intake();
  await rig.write({ datadog: rig.datadog(intake, { enabled: false }) });
  const run = await rig.run();
  expect(await rig.control.status()).toMatchObject({
    state: 'running',
    sources: { main: { destinations: { datadog: { state: 'off', type: 'datadog' } } } },
  });
  await expect(rig.control.switchOn('datadog', { from: 'head' })).rejects.toThrow('has "enabled: false"');
  await rig.write({ datadog: rig.datadog(intake) });
  await run.logged('the settings were read again; changed: datadog');
  rig.publish(500);
  await intake.waitFor(100, PATIENCE);
});

test('a name that is not there', async () => {
  await using rig = await ProgramRig.start();
  await rig.write({ datadog: rig.datadog(await rig.intake()) });
  await rig.run();
  await expect(rig.control.switchOff('datdog')).rejects.toThrow('there is no destination "datdog"; there are datadog');
  await expect(rig.control.retryDeadLetters('mian', [1])).rejects.toThrow('there is no source "mian"; there are main');
});
