import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { EXIT } from '../../src/exit-codes.js';
import { ProgramRig, TEST_TIMEOUT_MS } from './program-rig.js';

vi.setConfig({ testTimeout: TEST_TIMEOUT_MS });

test('a wrong key ends the program with one line that says what to do', async () => {
  await using rig = await ProgramRig.start();
  await rig.write(
    { datadog: rig.datadog(await rig.intake()) },
    { sources: { main: { url: rig.server.url, apiKey: 'gx_test_this_key_is_not_known' } } },
  );
  const run = rig.spawn(['run']);
  expect(await run.ended()).toBe(EXIT.unauthorized);
  expect(run.errors).toContain(
    'grantex-forwarder: sources.main: Failed to connect to event stream: 401, UNAUTHORIZED: ',
  );
  expect(run.errors).not.toContain('    at ');
  expect(run.errors).not.toContain('gx_test_');
});

test('a second forwarder on the same journal is told so', async () => {
  await using rig = await ProgramRig.start();
  await rig.write({ datadog: rig.datadog(await rig.intake()) });
  await rig.run();
  const second = rig.spawn(['run']);
  expect(await second.ended()).toBe(EXIT.locked);
  expect(second.errors).toContain('another forwarder has the journal in');
  expect(second.errors).toContain('run --takeover');
});

test('settings that are wrong, or not there', async () => {
  await using rig = await ProgramRig.start();
  const none = rig.spawn(['run']);
  expect(await none.ended()).toBe(EXIT.settings);
  expect(none.errors).toMatch(/^grantex-forwarder: no file of settings: looked for grantex-forwarder\.yaml, .*init/);
  await writeFile(join(rig.folder, 'grantex-forwarder.yaml'), 'sources:\n  main: { url: "ftp://x" }\n');
  const wrong = rig.spawn(['run']);
  expect(await wrong.ended()).toBe(EXIT.settings);
  expect(wrong.errors).toContain('grantex-forwarder.yaml:2:');
  expect(wrong.errors).not.toContain('    at ');
});

test('a port that is in use is named, with the setting', async () => {
  await using rig = await ProgramRig.start();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  await rig.write({ datadog: rig.datadog(await rig.intake()) }, { server: { port } });
  const run = rig.spawn(['run']);
  expect(await run.ended()).toBe(EXIT.unavailable);
  expect(run.errors).toContain(String(port));
  expect(run.errors).toContain('server.port');
  await new Promise((resolve) => other.close(resolve));
});

test('a command that is not there, an option that is not there, and help', async () => {
  await using rig = await ProgramRig.start();
  const unknown = rig.spawn(['rnu']);
  expect(await unknown.ended()).toBe(EXIT.usage);
  expect(unknown.errors).toContain('Did you mean run?');
  const option = rig.spawn(['run', '--confg', 'x']);
  expect(await option.ended()).toBe(EXIT.usage);
  expect(option.errors).toContain('--config');
  const help = rig.spawn(['--help']);
  expect(await help.ended()).toBe(EXIT.ok);
  expect(help.output).toContain('Usage: grantex-forwarder');
  const version = rig.spawn(['--version']);
  expect(await version.ended()).toBe(EXIT.ok);
  expect(version.output).toMatch(/^\d+\.\d+\.\d+\n$/);
});
