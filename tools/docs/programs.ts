import { type Block, directive } from './block.ts';
import type { Page } from './page.ts';

/** One program of a page: a block, and those that continue it. */
export interface PageProgram {
  readonly page: string;
  /** The line of the first block's fence. */
  readonly line: number;
  /** Relative to the scratch project. */
  readonly file: string;
  /** Each line stands where it stands on the page, so that a compiler's line is the page's. */
  readonly text: string;
  readonly isRun: boolean;
}

const ENDINGS: Readonly<Record<string, string>> = { ts: 'ts', typescript: 'ts', js: 'js', javascript: 'js' };

/** The programs of a page that a compiler has to accept; all but those that are skipped, or stand in a package. */
export function programsOf(page: Page): PageProgram[] {
  const chains: Block[][] = [];
  for (const block of page.blocks) {
    if (ENDINGS[block.language] === undefined || isElsewhere(block)) continue;
    const last = chains.at(-1);
    if (directive(block, 'continues') !== undefined && last !== undefined) last.push(block);
    else chains.push([block]);
  }
  return chains.map((chain) => programOf(page, chain));
}

/** Whether another check looks at it, or none does. */
function isElsewhere(block: Block): boolean {
  return directive(block, 'skip') !== undefined || directive(block, 'excerpt') !== undefined;
}

function programOf(page: Page, chain: readonly Block[]): PageProgram {
  const lines: string[] = [];
  const place = (text: string, line: number): void => {
    for (const [index, code] of text.replace(/\n$/, '').split('\n').entries()) lines[line - 1 + index] = code;
  };
  for (const block of chain) {
    const given = directive(block, 'given');
    if (given !== undefined) place(given.argument, given.line);
    place(block.text, block.line + 1);
  }
  const [first] = chain;
  const line = first?.line ?? 1;
  const ending = ENDINGS[first?.language ?? ''] ?? 'ts';
  return {
    page: page.path,
    line,
    file: `page/${page.path.replaceAll(/[^\w-]+/g, '_')}-${line}.${ending}`,
    text: `${Array.from(lines, (code) => code ?? '').join('\n')}\n`,
    isRun: chain.some((block) => directive(block, 'run') !== undefined),
  };
}
