import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { directive } from './block.ts';
import type { Finding } from './finding.ts';
import { type Page, ROOT } from './page.ts';

/** What a page shows of our sources stands there word for word, but for indentation. */
export function checkExcerpts(pages: readonly Page[], root = ROOT): Finding[] {
  return pages.flatMap(({ path, blocks }) =>
    blocks.flatMap((block) => {
      const source = directive(block, 'excerpt')?.argument;
      if (source === undefined) return [];
      const texts = sourcesIn(join(root, source));
      const isThere = texts.some((text) => normal(text).includes(normal(block.text)));
      return isThere ? [] : [{ page: path, line: block.line, message: `does not stand word for word in ${source}` }];
    }),
  );
}

function sourcesIn(place: string): string[] {
  if (!existsSync(place)) return [];
  if (statSync(place).isFile()) return [readFileSync(place, 'utf8')];
  const files = globSync('**/*.{ts,js,mjs,json,yaml,yml}', {
    cwd: place,
    exclude: (name) => name === 'node_modules' || name === 'dist',
  });
  return files.map((file) => readFileSync(join(place, file), 'utf8'));
}

function normal(text: string): string {
  return text.replaceAll(/^[ \t]+|[ \t]+$/gm, '').trim();
}
