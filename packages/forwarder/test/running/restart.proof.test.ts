import { expect, test, vi } from 'vitest';
import type { SourceStatus } from '../../src/watching/status.js';
import { missing, PATIENCE, ProgramRig, repeated, TEST_TIMEOUT_MS, until } from './program-rig.js';

vi.setConfig({ testTimeout: TEST_TIMEOUT_MS });

const isQuiet = (source: SourceStatus | undefined): boolean =>
  source !== undefined && Object.values(source.destinations).every(({ waiting }) => waiting === 0);

async function settled(rig: ProgramRig): Promise<void> {
  await until('nothing waits', async () => isQuiet((await rig.control.status()).sources['main']));
}

test('kill -9 under load and a start: what was received arrives, what was not heard lies in a gap', async () => {
  await using rig = await ProgramRig.start();
  const [one, two] = [await rig.intake(), await rig.intake()];
  await rig.write({ one: rig.datadog(one), two: rig.datadog(two) });
  const first = await rig.run();
  rig.publish(2_000);
  await one.waitFor(2_000, PATIENCE);
  first.kill('SIGKILL');
  expect(await first.ended()).toBe('SIGKILL');
  await rig.run();
  await one.waitFor(one.ids.length + 2_000, PATIENCE);
  await rig.quiet();
  await settled(rig);

  const [gap] = (await rig.control.status()).sources['main']?.journal.gaps ?? [];
  expect(gap?.cause).toContain('not running');
  const unheard = missing(rig.published, one.ids);
  const places = unheard.map((id) => rig.published.indexOf(id));
  // One stretch, between what the first one and what the second one heard.
  expect(places).toEqual(places.map((_, index) => (places[0] ?? 0) + index));
  expect(missing(rig.published, two.ids)).toEqual(unheard);
  for (const intake of [one, two]) expect(repeated(intake.ids).length).toBeLessThanOrEqual(100);
});

test('SIGTERM under load: what was received is delivered within the deadline, and the exit code is 0', async () => {
  await using rig = await ProgramRig.start();
  const intake = await rig.intake();
  await rig.write({ datadog: rig.datadog(intake) });
  const run = await rig.run();
  rig.publish(2_000);
  await intake.waitFor(1_000, PATIENCE);
  run.kill('SIGTERM');
  expect(await run.ended()).toBe(0);
  await rig.quiet();
  const arrived = intake.ids;
  expect(arrived).toEqual(rig.published.slice(0, arrived.length));
  expect(run.log.at(-1)?.msg).toBe('stopped');
});

test('SIGTERM while a service is dead: it ends in time, and the next start goes on', async () => {
  await using rig = await ProgramRig.start();
  const intake = await rig.intake();
  await rig.write({ datadog: rig.datadog(intake) }, { server: { http: false, stopDeadlineMs: 1_000 } });
  const run = await rig.run();
  rig.publish(1_000);
  await intake.waitFor(200, PATIENCE);
  await intake.down();
  await until('events wait', async () => !isQuiet((await rig.control.status()).sources['main']));
  await rig.quiet();
  run.kill('SIGTERM');
  expect(await run.ended()).toBe(0);
  expect(run.log.at(-1)?.msg).toMatch(/^stopped; \d+ delivery\(s\) go on at the next start$/);
  await intake.up();
  await rig.run();
  await until('all are there', () => missing(rig.published, intake.ids).length === 0);
});

test('takeover under load: nothing is missed, nothing is lost, and there is no gap', async () => {
  await using rig = await ProgramRig.start();
  const [one, two] = [await rig.intake(), await rig.intake()];
  await rig.write({ one: rig.datadog(one), two: rig.datadog(two) });
  let run = await rig.run();
  rig.publish(2_000);
  await one.waitFor(1_000, PATIENCE);
  for (let round = 0; round < 2; round++) {
    const next = rig.spawn(['run', '--takeover']);
    await next.logged('running');
    expect(await run.ended()).toBe(0);
    expect(run.log.at(-1)?.msg).toMatch(/^stopped/);
    expect((await rig.control.status()).pid).toBe(next.pid);
    run = next;
    await one.waitFor(one.ids.length + 500, PATIENCE);
  }
  await rig.quiet();
  await settled(rig);
  for (const intake of [one, two]) {
    expect(missing(rig.published, intake.ids)).toEqual([]);
    expect(repeated(intake.ids)).toEqual([]);
    expect(intake.ids).toEqual(rig.published);
  }
  expect((await rig.control.status()).sources['main']?.journal.gaps).toEqual([]);
});

test('a takeover of a quiet stream leaves no gap either', async () => {
  await using rig = await ProgramRig.start();
  const intake = await rig.intake();
  await rig.write({ datadog: rig.datadog(intake) });
  const first = await rig.run();
  await until('it is heard', async () => (await rig.control.status()).sources['main']?.state === 'heard');
  const second = rig.spawn(['run', '--takeover']);
  await second.logged('running');
  expect(await first.ended()).toBe(0);
  rig.publish(500);
  await intake.waitFor(100, PATIENCE);
  expect((await rig.control.status()).sources['main']?.journal.gaps).toEqual([]);
});

test('a takeover with nobody to take over from is a start', async () => {
  await using rig = await ProgramRig.start();
  const intake = await rig.intake();
  await rig.write({ datadog: rig.datadog(intake) });
  const run = await rig.run(['--takeover']);
  expect((await run.logged('nobody to take over from')).level).toBe('info');
  rig.publish(500);
  await intake.waitFor(100, PATIENCE);
});
