import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SettingsFolder } from './settings-folder.js';

let folder: SettingsFolder;
beforeEach(async () => {
  folder = await SettingsFolder.make();
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

/** A package as somebody else writes it: with another copy of core, and another library for its schema. */
const definition = (type: string, known: readonly string[]): string => `({
  [Symbol.for('grantex.destination-definition.1')]: true,
  type: '${type}',
  options: { '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }) } },
  create: (options) => ({ name: options.name, send: async () => {}, flush: async () => {}, close: async () => {} }),
  problems: (settings) => Object.keys(settings)
    .filter((key) => !${JSON.stringify(known)}.includes(key))
    .map((key) => ({ option: key, expected: 'a known option', got: 'an unknown one' })),
  from(settings) { return this.create(settings); },
  jsonSchema: () => undefined,
})`;

async function install(name: string, exports: unknown, code: string): Promise<void> {
  await folder.write(
    join('node_modules', name, 'package.json'),
    JSON.stringify({ name, version: '1.0.0', type: 'module', exports }),
  );
  await folder.write(join('node_modules', name, 'main.js'), code);
}

const settings = (destination: string): string => `
sources: { a: { url: 'https://api.grantex.dev', apiKey: x } }
destinations:
  custom: ${destination}
`;

test.each([
  ['for everybody', { '.': './main.js' }],
  ['for import only', { '.': { types: './main.d.ts', import: { node: './main.js' } } }],
  ['without a list of entries', { import: './main.js' }],
])('a package beside the file of settings, %s', async (_, exports) => {
  await install('@acme/siem', exports, `export const siem = ${definition('siem', ['name', 'level'])};`);
  const { destinations } = await folder.load(settings("{ type: '@acme/siem', level: 3, enabled: false }"));
  expect(destinations).toMatchObject([
    { name: 'custom', type: '@acme/siem', enabled: false, options: { name: 'custom', level: 3 } },
  ]);
  expect(destinations[0]?.definition.type).toBe('siem');
});

test('its own options are checked by it', async () => {
  await install('acme-siem', './main.js', `export const siem = ${definition('siem', ['name', 'level'])};`);
  expect(await folder.problems(settings('{ type: acme-siem, levle: 3 }'))).toMatchObject([
    { line: 4, column: 30, path: 'destinations.custom.levle', expected: 'a known option', got: 'an unknown one' },
  ]);
});

test('a destination that takes no name gets none', async () => {
  await install('acme-siem', './main.js', `export const siem = ${definition('siem', ['level'])};`);
  const { destinations } = await folder.load(settings('{ type: acme-siem, level: 3 }'));
  expect(destinations[0]?.options).toEqual({ level: 3 });
});

test('a module beside the file of settings', async () => {
  await folder.write('siem.mjs', `export default ${definition('siem', ['name'])};`);
  expect((await folder.load(settings('{ type: ./siem.mjs }'))).destinations[0]?.definition.type).toBe('siem');
  expect(await folder.problems(settings('{ type: ./other.mjs }'))).toMatchObject([
    { path: 'destinations.custom.type', got: 'a path where no module is' },
  ]);
});

test('one definition under two names is one, and two are too many', async () => {
  await install(
    'acme-siem',
    './main.js',
    `const siem = ${definition('siem', ['name'])}; export { siem, siem as default };`,
  );
  expect((await folder.load(settings('{ type: acme-siem }'))).destinations).toHaveLength(1);
  await install('acme-two', './main.js', `export const a = ${definition('a', [])}, b = ${definition('b', [])};`);
  expect(await folder.problems(settings('{ type: acme-two }'))).toMatchObject([{ got: 'one with 2' }]);
});

test.each([
  ['fs', '"fs"'],
  ['node:fs', 'neither'],
  ['https://example.com/x.js', 'neither'],
  ['/etc/passwd', 'neither'],
  ['../..', 'a path where no module is'],
])('no package: %s', async (type, got) => {
  expect(await folder.problems(settings(`{ type: '${type}' }`))).toMatchObject([
    { path: 'destinations.custom.type', got },
  ]);
});

test('a package that fails while it is loaded says why, in one line', async () => {
  await install('acme-siem', './main.js', "throw new Error('needs acme-agent\\nand more');");
  expect(await folder.problems(settings('{ type: acme-siem }'))).toMatchObject([
    { got: 'one that cannot be loaded: needs acme-agent' },
  ]);
});

test('the name of a destination is its key, and cannot be given twice', async () => {
  expect(await folder.problems(settings('{ type: file, path: "-", name: other }'))).toMatchObject([
    { line: 4, path: 'destinations.custom.name', expected: 'no name, since it is the key above', got: 'one' },
  ]);
});
