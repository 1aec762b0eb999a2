import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Block {
  readonly language: string;
  readonly text: string;
}

/** The text of a page of this repository. */
export function readPage(path: string): Promise<string> {
  return readFile(new URL(path, `file://${ROOT}`), 'utf8');
}

/** The one block of code of a page that has all of these words. */
export function blockWith(page: string, language: string, ...words: readonly string[]): string {
  const found = blocksOf(page).filter(
    (block) => block.language === language && words.every((word) => block.text.includes(word)),
  );
  const [block] = found;
  if (block !== undefined && found.length === 1) return block.text;
  throw new Error(`${found.length} blocks of ${language} with ${words.join(' and ')}, expected one`);
}

function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(({ 1: language = '', 2: text = '' }) => ({
    language,
    text,
  }));
}
