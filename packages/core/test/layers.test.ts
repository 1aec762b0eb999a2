import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const PACKAGES = join(import.meta.dirname, '../..');
/** What each room of core may import, beside itself and the vocabulary (the files beside `index.ts`). */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  journal: [],
  stream: ['journal'],
  delivery: ['journal'],
  destination: ['delivery', 'journal'],
  vocabulary: [],
  top: ['stream', 'destination', 'delivery', 'journal', 'top'],
};
const TOP =
  /^(index|event-source(-log|-options)?|event-reader|gap-ledger|dead-letter-desk|source-stats|closing|deliveries)\.ts$/;

const files = globSync('*/src/**/*.ts', { cwd: PACKAGES });
const imports = files.flatMap((file) =>
  [...readFileSync(join(PACKAGES, file), 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, name = '']) => ({
    file,
    name,
  })),
);

/** `core/src/stream/sse.ts` → `stream` */
function roomOf(file: string): string {
  const [first = '', ...rest] = relative('core/src', file).split('/');
  return rest.length > 0 ? first : TOP.test(first) ? 'top' : 'vocabulary';
}

test.each(Object.entries(ROOMS))('core: the room "%s" imports only itself, the vocabulary and %o', (room, allowed) => {
  const found = imports.filter(
    ({ file, name }) => file.startsWith('core/') && roomOf(file) === room && name.startsWith('.'),
  );
  expect(found.length).toBeGreaterThan(0);
  const astray = found.filter(
    ({ file, name }) =>
      ![room, 'vocabulary', ...allowed].includes(roomOf(join(dirname(file), name.replace(/js$/, 'ts')))),
  );
  expect(astray).toEqual([]);
});

test('core imports no other package of this workspace', () => {
  expect(imports.filter(({ file, name }) => file.startsWith('core/') && name.startsWith('@grantex/'))).toEqual([]);
});

test("destinations and journals see core's public surface, and never each other", () => {
  const astray = imports
    .filter(({ file }) => /^(destination|journal)-/.test(file))
    .filter(({ file, name }) =>
      name.startsWith('@grantex/')
        ? name !== '@grantex/core'
        : join(dirname(file), name).split('/')[0] !== file.split('/')[0] && name.startsWith('.'),
    );
  expect(astray).toEqual([]);
});

test("nothing but tests, and the forwarder's dev-server, sees the testing package", () => {
  const astray = imports
    .filter(({ name }) => name.startsWith('@grantex/testing'))
    .filter(({ file }) => !/^(testing|forwarder\/src\/dev-server)\//.test(file));
  expect(astray).toEqual([]);
});

test('a file above 300 lines says in its first line why', () => {
  const root = join(PACKAGES, '..');
  const all = globSync('{packages/*/{src,test,bench,template},tools,bench,examples}/**/*.ts', {
    cwd: root,
    exclude: (name) => ['node_modules', 'dist', '.data'].includes(basename(name)),
  });
  expect(all.length).toBeGreaterThan(500);
  const silent = all.filter((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return text.split('\n').length > 301 && !text.startsWith('// Above 300 lines: ');
  });
  expect(silent).toEqual([]);
});
