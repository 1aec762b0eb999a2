import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UsageError } from '../src/answers.js';
import { HELP, runCommand } from '../src/command-line.js';
import type { Questions } from '../src/questions.js';

const VERSIONS = { '@grantex/core': '^0.1.0', '@grantex/testing': '^0.1.0' };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'create-destination-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function create(args: readonly string[], questions?: Questions): Promise<string> {
  return runCommand(args, { folder, versions: async () => VERSIONS, questions });
}

async function manifestIn(path: string): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await readFile(join(folder, path, 'package.json'), 'utf8')) as Readonly<Record<string, unknown>>;
}

/** Takes every proposal, and remembers it. */
function agreeing(type: string): Questions & { readonly asked: string[] } {
  const asked: string[] = [];
  const agree = async (proposal: string): Promise<string> => {
    asked.push(proposal);
    return proposal;
  };
  return { asked, type: () => agree(type), packageName: agree, className: agree, description: agree };
}

test('the service is enough', async () => {
  const printed = await create(['acme', '--yes']);
  expect(printed).toContain('  cd grantex-destination-acme\n  npm install\n  npm test');
  expect(await manifestIn('grantex-destination-acme')).toMatchObject({
    name: 'grantex-destination-acme',
    description: 'Delivers Grantex authorization events to Acme.',
  });
  expect(await readdir(join(folder, 'grantex-destination-acme', 'src'))).toHaveLength(6);
});

test('everything can be given', async () => {
  const given = ['newrelic', '--name', '@me/nr', '--class', 'NewRelicDestination', '--description', 'To New Relic.'];
  await create([...given, '--folder', 'a/b', '--yes']);
  expect(await manifestIn('a/b')).toMatchObject({ name: '@me/nr', description: 'To New Relic.' });
  expect(await readFile(join(folder, 'a/b/src/options.ts'), 'utf8')).toContain('NEW_RELIC_DEFAULTS');
});

test('the name of a package says the service', async () => {
  await create(['@me/grantex-destination-acme', '--yes']);
  expect(await manifestIn('grantex-destination-acme')).toMatchObject({ name: '@me/grantex-destination-acme' });
  await create(['--name', 'grantex-destination-zenith', '--yes']);
  expect(await readFile(join(folder, 'grantex-destination-zenith/src/index.ts'), 'utf8')).toContain(
    'ZenithDestination',
  );
});

test('what is not given is asked, with a proposal', async () => {
  const questions = agreeing('acme-cloud');
  await create([], questions);
  expect(questions.asked).toEqual([
    'acme-cloud',
    'grantex-destination-acme-cloud',
    'AcmeCloudDestination',
    'Delivers Grantex authorization events to Acme Cloud.',
  ]);
  const second = agreeing('');
  await create(['zenith', '--name', 'zenith', '--description', 'To Zenith.'], second);
  expect(second.asked).toEqual(['ZenithDestination']);
});

test('with --yes nothing is asked', async () => {
  const questions = agreeing('acme');
  await create(['acme', '--yes'], questions);
  expect(questions.asked).toEqual([]);
});

test('a folder with something in it stays as it is', async () => {
  await mkdir(join(folder, 'full'));
  await writeFile(join(folder, 'full/mine.txt'), 'mine');
  await expect(create(['acme', '--folder', 'full', '--yes'])).rejects.toThrow(
    /full is not empty; --folder names another/,
  );
  expect(await readdir(join(folder, 'full'))).toEqual(['mine.txt']);
});

test('a new repository counts as empty, and so does this folder', async () => {
  await mkdir(join(folder, '.git'));
  const printed = await create(['acme', '--folder', '.', '--yes']);
  expect(printed).not.toContain('cd ');
  expect(await manifestIn('.')).toMatchObject({ name: 'grantex-destination-acme' });
});

test.each([
  [['--yes'], /which service/],
  [[], /which service/],
  [['Acme', '--yes'], /"Acme": expected lower-case letters/],
  [['datadog', '--yes'], /"datadog": expected a name of its own/],
  [['acme', 'zenith', '--yes'], /one name is enough/],
  [['acme', '--name', 'Acme', '--yes'], /--name: expected the name of a package/],
  [['acme', '--name', '../../etc', '--yes'], /--name: expected the name of a package/],
  [['acme', '--class', 'acme', '--yes'], /--class: expected a name such as/],
  [['acme', '--description', 'a\nb', '--yes'], /--description: expected a sentence/],
  [['acme', '--colour', '--yes'], /--colour/],
])('%j is refused, and nothing is written', async (args, message) => {
  const refusal = create(args);
  await expect(refusal).rejects.toThrow(UsageError);
  await expect(refusal).rejects.toThrow(message);
  expect(await readdir(folder)).toEqual([]);
});

test('--help', async () => {
  expect(await create(['--help'])).toBe(HELP);
});
