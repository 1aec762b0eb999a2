import { blank } from './prose.ts';

/**
 * What a hidden comment before a block of code says about it:
 *
 *     <!-- check: continues -->             compiled behind the block before it
 *     <!-- check: given … -->               compiled behind this code, which readers do not see; may have several lines
 *     <!-- check: excerpt packages/core --> stands word for word in a file of this folder (or in this file)
 *     <!-- check: run -->                   is a program, which is run against an event server
 *     <!-- check: skip … -->                is not checked, for this reason
 */
export interface Directive {
  readonly name: string;
  readonly argument: string;
  readonly line: number;
}

/** A block of code of a page. */
export interface Block {
  /** The first word behind the fence; empty when there is none. */
  readonly language: string;
  /** Without the indentation that its fence has. */
  readonly text: string;
  /** The line of its fence, from 1; its text begins on the next one. */
  readonly line: number;
  readonly directives: readonly Directive[];
}

interface Reading {
  readonly blocks: readonly Block[];
  /** The page with its blocks and comments blanked. */
  readonly prose: string;
}

const FENCE_OR_COMMENT = /^([ \t]*)(`{3,}|~{3,})([^\n`]*)\n([^]*?)^[ \t]*\2[`~]*[ \t]*$|<!--([^]*?)-->/gm;

/** Takes the blocks of code out of a page. A comment belongs to the block that follows with nothing but space between. */
export function readBlocks(text: string): Reading {
  const blocks: Block[] = [];
  let directives: Directive[] = [];
  let end = 0;
  const prose = text.replaceAll(FENCE_OR_COMMENT, (whole: string, ...groups: (string | number | undefined)[]) => {
    const [indentation = '', fence, information = '', code = '', comment = '', index] = groups as [
      ...(string | undefined)[],
      number,
      string,
    ];
    const start = Number(index);
    const line = text.slice(0, start).split('\n').length;
    if (text.slice(end, start).trim() !== '') directives = [];
    end = start + whole.length;
    if (fence === undefined) {
      const [, name, argument = ''] = /^\s*check:\s*(\S*)([^]*)$/.exec(String(comment)) ?? [];
      if (name !== undefined) directives = [...directives, { name, argument: argument.trim(), line }];
    } else {
      const [language = ''] = String(information).trim().split(/\s/);
      blocks.push({ language, text: withoutIndentation(String(code), String(indentation)), line, directives });
      directives = [];
    }
    return blank(whole);
  });
  return { blocks, prose };
}

export function directive(block: Block, name: string): Directive | undefined {
  return block.directives.find((found) => found.name === name);
}

function withoutIndentation(code: string, indentation: string): string {
  return indentation === '' ? code : code.replaceAll(new RegExp(`^[ \\t]{1,${indentation.length}}`, 'gm'), '');
}
