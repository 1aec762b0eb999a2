import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { EXIT } from '../../src/exit-codes.js';
import { ProgramRig, TEST_TIMEOUT_MS } from './program-rig.js';

vi.setConfig({ testTimeout: TEST_TIMEOUT_MS });

test('a command reaches a program whose newest file is wrong, and without its secrets', async () => {
  await using rig = await ProgramRig.start();
  const intake = await rig.intake();
  await rig.write({ datadog: rig.datadog(intake, { apiKey: '${DD_API_KEY}' }) });
  const run = await rig.run([], { DD_API_KEY: intake.apiKey });
  await writeFile(
    join(rig.folder, 'grantex-forwarder.yaml'),
    'journal: { folder: ./data }\ndestinations: { datadog: { type: datdog } }\n',
  );
  await run.logged('the settings were not taken');
  const top = rig.spawn(['top', '--once']);
  expect(await top.ended()).toBe(EXIT.ok);
  expect(top.output).toContain('did you mean datadog?');
  const stop = rig.spawn(['stop']);
  expect(await stop.ended()).toBe(EXIT.ok);
  expect(await run.ended()).toBe(EXIT.ok);
});

test('a folder of the journal that cannot be known is told', async () => {
  await using rig = await ProgramRig.start();
  await writeFile(join(rig.folder, 'grantex-forwarder.yaml'), 'journal: { folder: "${STATE}" }\n');
  const top = rig.spawn(['top', '--once']);
  expect(await top.ended()).toBe(EXIT.settings);
  expect(top.errors).toContain('grantex-forwarder.yaml:1:');
  expect(top.errors).toContain('STATE');
});
