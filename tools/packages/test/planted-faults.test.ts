import { expect, test } from 'vitest';
import { overBudget } from '../budget.ts';
import { leaks } from '../contents.ts';
import { missingImports } from '../imports.ts';
import { manifestProblems } from '../manifest.ts';
import type { Manifest } from '../published.ts';
import { surfaceOf } from '../surface.ts';
import type { Packed } from '../tarball.ts';

const MANIFEST: Manifest = {
  name: '@grantex/sound',
  version: '1.0.0',
  description: 'A package with nothing wrong.',
  keywords: ['events', 'grantex'],
  license: 'Apache-2.0',
  repository: { type: 'git', url: 'git+https://code.example/grantex.git', directory: 'packages/sound' },
  type: 'module',
  sideEffects: false,
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
  publishConfig: { access: 'public', provenance: true },
  engines: { node: '>=22.19.0' },
  dependencies: { undici: '^8.0.0' },
};

const FILES: Readonly<Record<string, string>> = {
  'package.json': '{}',
  LICENSE: 'Apache',
  'README.md': '# Sound',
  'dist/index.js': "import { fetch } from 'undici';\nimport { join } from 'node:path';\n",
  'dist/index.d.ts': "export { Sound, type SoundOptions } from './sound.js';\n",
  'dist/sound.d.ts': "import type { Dispatcher } from 'undici';\nexport declare class Sound {}\n",
};

/** A package with nothing wrong, but for what is given. */
function packed(manifest: Partial<Manifest> = {}, files: Readonly<Record<string, string>> = {}): Packed {
  const contents = Object.entries({ ...FILES, ...files }).map(([path, text]) => [path, Buffer.from(text)] as const);
  return { manifest: { ...MANIFEST, ...manifest }, tarball: '', packedBytes: 0, files: new Map(contents) };
}

function problemsOf(one: Packed): string[] {
  return [...manifestProblems(one, 'sound'), ...missingImports(one), ...leaks(one)];
}

test('a package with nothing wrong passes', () => {
  expect(problemsOf(packed())).toEqual([]);
});

test.each<[string, Partial<Manifest>, Record<string, string>]>([
  ['license', { license: 'MIT' }, {}],
  ['engines.node', { engines: { node: '>=20' } }, {}],
  ['provenance', { publishConfig: { access: 'public' } }, {}],
  ['"types" first', { exports: { '.': { default: './dist/index.js', types: './dist/index.d.ts' } } }, {}],
  ['./dist/other.js is named', { main: './dist/other.js' }, {}],
  ['undici is workspace:^', { peerDependencies: { undici: 'workspace:^' } }, {}],
  ['undici is catalog:', { dependencies: { undici: 'catalog:' } }, {}],
  ['src/index.ts is packed', {}, { 'src/index.ts': '' }],
  ['runs at an installation', { scripts: { postinstall: 'node build.js' } }, {}],
  ['imports vitest', {}, { 'dist/index.js': "import { test } from 'vitest';" }],
  ['imports ws', {}, { 'dist/sound.d.ts': "import type { WebSocket } from 'ws';" }],
  ['a place of this machine', {}, { 'dist/index.js': `// ${process.cwd()}/packages` }],
  ['the host of a registry', {}, { 'README.md': ['https://registry.npmjs', 'org/x'].join('.') }],
  ['an access key of AWS', {}, { 'dist/index.js': `const key = 'AKIA${'Q'.repeat(16)}';` }],
  ['names the source', {}, { 'dist/index.js.map': '{"sources":["/build/a.ts"],"sourcesContent":[""]}' }],
  ['neither packed nor inside', {}, { 'dist/index.js.map': '{"sources":["../src/a.ts"]}' }],
])('a planted fault is found: %s', (words, manifest, files) => {
  expect(problemsOf(packed(manifest, files)).join('\n')).toContain(words);
});

test('types that nobody outside can import may use what is not installed', () => {
  expect(problemsOf(packed({}, { 'dist/inner.d.ts': "import type { Test } from 'vitest';" }))).toEqual([]);
});

test('the surface is every name, and whether it is there at run time', () => {
  expect(surfaceOf(packed(), ['Sound'])).toEqual(['type  SoundOptions', 'value Sound']);
  expect(() => surfaceOf(packed(), ['Sound', 'secret'])).toThrow('not in the types: secret');
  expect(() => surfaceOf(packed({}, { 'dist/index.d.ts': "export * from './sound.js';" }), [])).toThrow(
    'lists of names',
  );
});

test('the budget lets a tenth more through, and any less', () => {
  const accepted = { packedBytes: 1000, unpackedBytes: 5000, installedPackages: 5 };
  expect(overBudget(accepted, { packedBytes: 1100, unpackedBytes: 10, installedPackages: 5 })).toEqual([]);
  expect(overBudget(accepted, { ...accepted, packedBytes: 1101 })[0]).toBe(
    'packedBytes: 1101, at most 1100 (1000 and 10 %)',
  );
  expect(overBudget(undefined, accepted)[0]).toContain('no budget yet');
});
