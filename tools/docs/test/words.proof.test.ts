import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkDocstrings } from '../docstrings.ts';
import { parsePage } from '../page.ts';
import { checkReference, referencePages } from '../reference.ts';
import { checkSpelling, checkWords } from '../spelling.ts';
import type { Export, Package } from '../surface.ts';

function inFolder<Result>(use: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'grantex-words-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const result = use(folder);
  if (result instanceof Promise) return result.finally(remove) as Result;
  remove();
  return result;
}

test('a misspelled word is found in prose, and not in code, links and comments', async () => {
  const lines = [
    '# Heading',
    '`wrods` [x](wrods.md) <!-- wrods -->',
    '```ts',
    'const wrods = 1;',
    '```',
    'Some wrods here.',
  ];
  const text = lines.join('\n');
  const found = await inFolder(async (folder) => {
    writeFileSync(join(folder, 'page.md'), text);
    return checkSpelling([parsePage('page.md', text)], folder);
  });
  expect(found).toEqual([{ page: 'page.md', line: 6, message: 'unknown word (wrods)' }]);
});

test('the list of names stays sorted and has nothing that no page uses', () => {
  const page = parsePage('page.md', 'Alpha and beta.');
  const messages = checkWords('beta\nAlpha\ngamma\n', [page]).map(({ line, message }) => `${line} ${message}`);
  expect(messages).toEqual(['2 Alpha stands in the wrong place, or twice', '3 gamma is on no page']);
});

const documented: Export = {
  name: 'Good',
  kind: 'class',
  documentation: 'Good for {@link Bad}.',
  tags: [],
  declaration: 'export declare class Good {\n    #private;\n    open(): void;\n}',
  source: 'packages/one/src/good.ts',
  line: 3,
  home: '@grantex/one',
  homeName: 'Good',
};
const undocumented: Export = {
  ...documented,
  name: 'Bad',
  homeName: 'Bad',
  documentation: '',
  source: 'packages/one/src/bad.ts',
};
const one: Package = {
  name: '@grantex/one',
  description: 'One.',
  folder: 'packages/one',
  exports: [undocumented, documented],
};
const two: Package = {
  ...one,
  name: '@grantex/two',
  exports: [undocumented, { ...documented, home: '', documentation: '' }],
};

test('an exported name without a docstring is told once, where it is written', () => {
  expect(checkDocstrings([one, two])).toEqual([
    { page: 'packages/one/src/bad.ts', line: 3, message: 'Bad is exported without a docstring' },
  ]);
});

test('the reference shows what can be called, and links to what is named', () => {
  const page = referencePages([one, two]).get('docs/api/one.md') ?? '';
  expect(page).toContain('Good for [`Bad`](one.md#bad).');
  expect(page).toContain('class Good {\n    open(): void;\n}');
  expect(referencePages([one, two]).get('docs/api/two.md')).toContain('[`Bad`](one.md#bad)');
});

test('a reference that is not written, or not up to date, is told', () => {
  const found = inFolder((folder) => checkReference([one], folder));
  expect(found.map(({ page }) => page)).toEqual(['docs/api/README.md', 'docs/api/one.md']);
});
