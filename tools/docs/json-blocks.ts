import { directive } from './block.ts';
import type { Finding } from './finding.ts';
import type { Page } from './page.ts';

/** Every block of JSON parses. */
export function checkJson(pages: readonly Page[]): Finding[] {
  return pages.flatMap(({ path, blocks }) =>
    blocks
      .filter((block) => block.language === 'json' && directive(block, 'skip') === undefined)
      .flatMap(({ text, line }) => {
        try {
          JSON.parse(text);
          return [];
        } catch (error) {
          return [{ page: path, line, message: `JSON: ${error instanceof Error ? error.message : String(error)}` }];
        }
      }),
  );
}
