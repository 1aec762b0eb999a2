import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expectTarballsOnly, writeJson } from './project.ts';
import { run, type ProgramOptions } from './program.ts';

const STRANGER = new URL('../../packages/testing/test/contract/fixtures/node-runner.mjs', import.meta.url);

/**
 * A destination package of a stranger, in a folder of its own, with core as its peer: it passes the contract under node's
 * own test runner, from the packages as they would be published. Returns how many promises it keeps.
 */
export async function strangerKeepsContract(
  folder: string,
  tarballs: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<number> {
  const { '@grantex/core': core, '@grantex/testing': testing } = Object.fromEntries(tarballs);
  await mkdir(folder);
  await writeJson(join(folder, 'package.json'), {
    name: 'grantex-destination-lines',
    version: '1.0.0',
    type: 'module',
    peerDependencies: { '@grantex/core': '>=0.1.0' },
    devDependencies: { '@grantex/core': core, '@grantex/testing': testing },
  });
  await copyFile(fileURLToPath(STRANGER), join(folder, 'contract.test.mjs'));
  const options: ProgramOptions = { folder, env: process.env, signal };
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], options);
  await expectTarballsOnly(folder, ['@grantex/core', '@grantex/testing']);
  const printed = await run(process.execPath, ['--test', '--test-reporter=tap', 'contract.test.mjs'], options);
  const kept = Number(/^# pass (\d+)$/m.exec(printed)?.[1]);
  if (!(kept > 70)) throw new Error(`only ${kept} promises were looked at`);
  return kept;
}
