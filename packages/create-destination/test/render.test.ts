import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { classNameFor, namesOf, packageNameFor, typeProblem } from '../src/names.js';
import { descriptionFor, render, renderManifest, renderPath } from '../src/render.js';
import { templateFiles } from '../src/write-package.js';

const TEMPLATE = join(import.meta.dirname, '../template');
const versions = { '@grantex/core': '^1.2.3', '@grantex/testing': '^4.5.6' };
const names = namesOf('zenith-cloud', '@me/grantex-destination-zenith-cloud', 'ZenithCloudDestination');
const description = descriptionFor(names);
const files = await templateFiles();

function template(path: string): string {
  return readFileSync(join(TEMPLATE, path), 'utf8');
}

test.each(files)('%s: nothing is left to fill in', (path) => {
  const text =
    path === '_package.json'
      ? renderManifest(template(path), { names, description, versions })
      : render(template(path), { names, description });
  expect(text).not.toMatch(/acme|workspace:|filled in|TODO/i);
  // `${{ … }}` belongs to the workflow.
  expect(text).not.toMatch(/(?<!\$)\{\{/);
  expect(renderPath(path)).not.toMatch(/acme|_/i);
});

test.each(files.filter((path) => path !== '_package.json'))(
  '%s: for a service called Acme it is the template',
  (path) => {
    const acme = namesOf('acme', packageNameFor('acme'), classNameFor('acme'));
    expect(render(template(path), { names: acme, description: descriptionFor(acme) })).toBe(template(path));
  },
);

test.each([
  ['class AcmeDestination extends', 'class ZenithCloudDestination extends'],
  ['export const acmeOptions', 'export const zenithCloudOptions'],
  ['ACME_DEFAULTS', 'ZENITH_CLOUD_DEFAULTS'],
  ['process.env.ACME_KEY', 'process.env.ZENITH_CLOUD_KEY'],
  ["kind: 'acme'", "kind: 'zenith-cloud'"],
  ['https://acme.example', 'https://zenith-cloud.example'],
  ['Acme replied 400', 'Zenith Cloud replied 400'],
  ["from 'grantex-destination-acme'", "from '@me/grantex-destination-zenith-cloud'"],
])('%s → %s', (before, after) => {
  expect(render(before, { names, description })).toBe(after);
});

test('what was put in is not looked at again', () => {
  const odd = namesOf('zenith', '@acme/zenith', 'ZenithDestination');
  const words = { names: odd, description: 'For Acme, ACME and $& of acme.' };
  expect(render('Acme: Delivers Grantex authorization events to Acme. grantex-destination-acme', words)).toBe(
    'Zenith: For Acme, ACME and $& of acme. @acme/zenith',
  );
});

test('package.json: the name, the description with its quotation marks, and versions', () => {
  const manifest = renderManifest(template('_package.json'), {
    names,
    description: 'Says "yes" to \\ Acme.',
    versions,
  });
  expect(JSON.parse(manifest)).toMatchObject({
    name: '@me/grantex-destination-zenith-cloud',
    description: 'Says "yes" to \\ Acme.',
    keywords: ['audit', 'grantex', 'grantex-destination', 'zenith-cloud'],
    peerDependencies: { '@grantex/core': '^1.2.3' },
    devDependencies: { '@grantex/core': '^1.2.3', '@grantex/testing': '^4.5.6' },
  });
});

test('files whose names mean something to packers and editors get them when they are written', () => {
  expect(files).toContain('_package.json');
  expect(files.map(renderPath)).toEqual(
    expect.arrayContaining(['package.json', '.gitignore', '.github/workflows/package.yml', 'src/index.ts']),
  );
});

test('a name that the template uses for something else is refused', () => {
  const code = files
    .filter((path) => path.endsWith('.ts'))
    .map(template)
    .join('\n');
  const prefixes = [...code.matchAll(/\b([A-Za-z]+)(Destination|Options|Definition)\b/g)].map(
    ([, prefix = '']) => prefix,
  );
  const used = new Set(
    prefixes.map((prefix) => prefix.toLowerCase()).filter((prefix) => !/acme|^define$/.test(prefix)),
  );
  // `EventDestination` and the like would be one word as a short name.
  expect([...used].filter((prefix) => typeProblem(prefix) === undefined)).toEqual([]);
});
