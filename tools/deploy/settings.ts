import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { deployFolder, root, runNode } from './tool.ts';

const program = join(root, 'packages/forwarder/dist/program.js');

interface Example {
  /** Where it stands. */
  readonly name: string;
  readonly text: string;
}

function read(path: string): Promise<string> {
  return readFile(join(deployFolder, path), 'utf8');
}

/** Every settings file of deploy/: as a file, and inside the ConfigMap. */
async function examples(): Promise<Example[]> {
  const files = ['systemd/grantex-forwarder.yaml', 'docker/settings/grantex-forwarder.yaml'];
  const { data } = parse(await read('kubernetes/configmap.yaml')) as { data: Readonly<Record<string, string>> };
  return [
    ...(await Promise.all(files.map(async (name) => ({ name, text: await read(name) })))),
    ...Object.entries(data).map(([key, text]) => ({ name: `kubernetes/configmap.yaml: ${key}`, text })),
  ];
}

/** `grantex-forwarder validate` accepts them all, with made-up secrets in the environment and in files. */
export async function settingsAreValid(scratch: string): Promise<void> {
  if (!existsSync(program)) throw new Error('the forwarder is not built: run pnpm build');
  for (const [index, { name, text }] of (await examples()).entries()) {
    const folder = join(scratch, `settings-${index}`);
    await mkdir(folder);
    const environment: Record<string, string> = { STATE_DIRECTORY: folder };
    for (const [, variable = ''] of text.matchAll(/\$\{(\w+)\}/g)) environment[variable] = 'made-up';
    // The files lie elsewhere on a machine that is not the one of the example.
    const secret = join(folder, 'secret');
    await writeFile(secret, 'made-up');
    const file = join(folder, 'grantex-forwarder.yaml');
    await writeFile(file, text.replaceAll(/file:\/\S+/g, `file:${secret}`));
    await runNode([program, 'validate', '--config', file], environment).catch((error: unknown) => {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}
