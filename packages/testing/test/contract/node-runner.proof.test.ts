import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const fixture = fileURLToPath(new URL('fixtures/node-runner.mjs', import.meta.url));

/** Needs the built packages: the fixture imports them as anybody would. */
test("the contract passes under node's own runner", { timeout: 60_000 }, async () => {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const running = promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', fixture], { env });
  const { stdout } = await running.catch((error: unknown) => error as { stdout: string });
  expect(stdout.split('\n').filter((line) => /^\s*not ok/.test(line))).toEqual([]);
  expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(70);
});
