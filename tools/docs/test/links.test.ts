import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkLinks } from '../links.ts';
import { parsePage, slugOf } from '../page.ts';

const root = mkdtempSync(join(tmpdir(), 'grantex-links-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function check(files: Readonly<Record<string, string>>): string[] {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const pages = Object.entries(files).filter(([path]) => path.endsWith('.md'));
  const findings = checkLinks(
    pages.map(([path, text]) => parsePage(path, text)),
    root,
  );
  return findings.map(({ page, line, message }) => `${page}:${line} ${message}`);
}

test.each([
  ['a file that is not there', 'see [it](docs/gone.md)', 'link docs/gone.md: there is no docs/gone.md'],
  [
    'an anchor of another page',
    '[x](other.md#no-such)',
    'link other.md#no-such: there is no heading #no-such in other.md',
  ],
  ['an anchor of this page', '[x](#gone)', 'link #gone: there is no heading #gone in README.md'],
  ['a line that a source has not', '[x](source.ts#L9)', 'link source.ts#L9: source.ts has no line 9'],
  ['plain http', '[x](http://example.com/a)', 'link http://example.com/a: expected https, got http:'],
  ['credentials', '[x](https://me:pw@example.com/)', 'link https://me:pw@example.com/: has credentials'],
  ['a space', '[x](docs/my page.md)', 'link docs/my page.md: has a space'],
  ['a way out', '[x](../outside.md)', 'link ../outside.md: leads out of the repository'],
  ['a link by name', '[x][it]\n\n[it]: gone.md', 'link gone.md: there is no gone.md'],
  ['a link on two lines', '[x\ny](gone.md)', 'link gone.md: there is no gone.md'],
])('a planted fault is found: %s', (_, text, message) => {
  const found = check({ 'README.md': text, 'other.md': '# Other', 'source.ts': 'one\n' });
  expect(found.map((each) => each.replace(/^README\.md:\d+ /, ''))).toEqual([message]);
});

test('the line of a fault is that of the page', () => {
  const text =
    '# A\n\n```ts\n// [x](in-code.md)\n```\n\n`[x](in-inline-code.md)` <!-- [x](in-comment.md) -->\n[x](gone.md)\n';
  expect(check({ 'README.md': text })).toEqual(['README.md:8 link gone.md: there is no gone.md']);
});

test('a page of docs that no link leads to is told, also when lost pages link to each other', () => {
  const pages = {
    'README.md': '[a](docs/a.md)',
    'docs/a.md': '[b](b.md)',
    'docs/b.md': '',
    'docs/c.md': '[d](d.md)',
    'docs/d.md': '[c](c.md)',
  };
  expect(check(pages)).toEqual([
    'docs/c.md:1 no link leads here from README.md',
    'docs/d.md:1 no link leads here from README.md',
  ]);
});

test.each([
  ['What happens when …', 'what-happens-when-'],
  ['`STATE_INVALID`', 'state_invalid'],
  ['2. `options.ts`', '2-optionsts'],
  ['A [linked](x.md) word & more', 'a-linked-word--more'],
])('the anchor of a heading is as GitHub makes it: %s', (heading, slug) => {
  expect(slugOf(heading)).toBe(slug);
});

test('headings of one name are numbered', () => {
  expect([...parsePage('a.md', '# One\n## Two\n## Two\n').anchors]).toEqual(['one', 'two', 'two-1']);
});
