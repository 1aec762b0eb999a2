import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../guides/program.ts';
import { MODULE_MODES, writeJson, type Project } from '../guides/project.ts';
import { PACKAGE_NAME } from './new-package.ts';

/** A program of somebody who has installed the package: what it exports is used with its types. */
const PROGRAM = `import { EventSource, type EventDestination } from '@grantex/core';
import { ZenithCloudDestination, zenithCloudDefinition, type ZenithCloudOptions } from '${PACKAGE_NAME}';

const options: ZenithCloudOptions = { url: 'https://zenith-cloud.example/v1/events', apiKey: 'a-key', batchSize: 10 };
export const destination: EventDestination = new ZenithCloudDestination(options);
export const second: ZenithCloudDestination = zenithCloudDefinition.from(options);
// @ts-expect-error: there is no such option
export const third = new ZenithCloudDestination({ ...options, sorce: 'grantex' });
new EventSource({ url: 'https://api.grantex.dev', apiKey: 'a-key' }).addDestination(destination);
`;

/** A project that has installed the packed package, and core as the peer that it asks for. */
export async function installForUser(
  folder: string,
  tarball: string,
  tarballs: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<Project> {
  await mkdir(folder);
  await writeJson(join(folder, 'package.json'), {
    private: true,
    type: 'module',
    dependencies: { '@grantex/core': tarballs.get('@grantex/core'), [PACKAGE_NAME]: `file:${tarball}` },
    devDependencies: { '@types/node': '^22.19.0', typescript: '^7.0.2' },
  });
  await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'], {
    folder,
    env: process.env,
    signal,
  });
  await writeFile(join(folder, 'program.ts'), PROGRAM);
  await writeFile(join(folder, 'quick-start.ts'), await blockOfReadme({ folder }, 'ts'));
  for (const [mode, compilerOptions] of Object.entries(MODULE_MODES)) {
    // Without `skipLibCheck`, so that the declarations of the package are looked at as well.
    await writeJson(join(folder, `tsconfig.${mode}.json`), { compilerOptions, include: ['*.ts'] });
  }
  return { folder, signal };
}

/** The one block of code in this language that the package's README has. */
export async function blockOfReadme({ folder }: Pick<Project, 'folder'>, language: string): Promise<string> {
  const readme = await readFile(join(folder, 'node_modules', PACKAGE_NAME, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, name]) => name === language);
  const [, , text] = blocks[0] ?? [];
  if (text === undefined || blocks.length > 1) throw new Error(`${blocks.length} blocks of ${language} in the README`);
  return text;
}

export function usersCompile({ folder, signal }: Project, mode: keyof typeof MODULE_MODES): Promise<string> {
  const tsc = join(folder, 'node_modules/typescript/bin/tsc');
  return run(process.execPath, [tsc, '-p', `tsconfig.${mode}.json`], { folder, env: process.env, signal });
}
