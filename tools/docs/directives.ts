import type { Finding } from './finding.ts';
import type { Page } from './page.ts';

const KNOWN = ['continues', 'given', 'excerpt', 'run', 'skip'];
const WITH_ARGUMENT = ['given', 'excerpt', 'skip'];

/** A misspelled directive would be a check that is not made. */
export function checkDirectives(pages: readonly Page[]): Finding[] {
  return pages.flatMap(({ path, blocks, text }) => {
    const used = blocks.flatMap(({ directives }) => directives);
    const written = text.match(/^[ \t]*<!--\s*check:/gm)?.length ?? 0;
    const findings = used.flatMap(({ name, argument, line }) => {
      const at = { page: path, line };
      if (!KNOWN.includes(name)) return [{ ...at, message: `there is no directive ${name}: ${KNOWN.join(', ')}` }];
      const isMissing = WITH_ARGUMENT.includes(name) && argument === '';
      return isMissing ? [{ ...at, message: `${name} needs more words behind it` }] : [];
    });
    if (written <= used.length) return findings;
    return [...findings, { page: path, line: 1, message: 'has a directive that no block of code follows' }];
  });
}

/** What is not checked, and why. */
export function skipped(pages: readonly Page[]): string[] {
  return pages.flatMap(({ path, blocks }) =>
    blocks.flatMap(({ directives, line }) =>
      directives.filter(({ name }) => name === 'skip').map(({ argument }) => `${path}:${line} ${argument}`),
    ),
  );
}
