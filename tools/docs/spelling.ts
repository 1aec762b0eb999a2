import { fileURLToPath } from 'node:url';
import type { Finding } from './finding.ts';
import { lineAt, type Page, ROOT } from './page.ts';
import { start } from './process.ts';

const SETTINGS = fileURLToPath(new URL('cspell.json', import.meta.url));
const WORDS = new URL('words.txt', import.meta.url);
const FOUND = /^(.+?):(\d+):\d+ - (.+)$/gm;

/** Words that no dictionary has, and are not among the names in `words.txt`. */
export async function checkSpelling(pages: readonly Page[], root = ROOT): Promise<Finding[]> {
  const args = ['lint', '--root', root, '--config', SETTINGS, '--no-progress', '--no-summary', '--no-color', '--quiet'];
  const paths = pages.map(({ path }) => path);
  const { exitCode, output } = await start('cspell', [...args, '--relative', '--', ...paths], { folder: root });
  const findings = [...output.matchAll(FOUND)].map(([, page = '', line, message = '']) => {
    return { page, line: Number(line), message: message.replace(/^Unknown word/, 'unknown word') };
  });
  if (exitCode !== 0 && findings.length === 0) throw new Error(`cspell failed:\n${output}`);
  return findings;
}

/** The list stays in order, without a word twice or one that no page has any more. */
export function checkWords(list: string, pages: readonly Page[]): Finding[] {
  const words = list.split('\n').filter((word) => word !== '');
  const text = pages.map((page) => page.prose.toLowerCase()).join('\n');
  return words.flatMap((word, index) => {
    const at = { page: 'tools/docs/words.txt', line: lineAt(list, list.indexOf(word)) };
    const before = words[index - 1]?.toLowerCase() ?? '';
    if (before >= word.toLowerCase()) return [{ ...at, message: `${word} stands in the wrong place, or twice` }];
    return text.includes(word.toLowerCase()) ? [] : [{ ...at, message: `${word} is on no page` }];
  });
}

export { WORDS };
