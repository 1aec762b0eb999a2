/** Blanks a part of a text, and keeps its lines, so that places in the text stay where they are. */
export function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}

/** Inline code becomes blank. It ends in its paragraph. */
export function withoutInlineCode(prose: string): string {
  return prose.replaceAll(/(?<!`)(`+)(?!`)(?:(?!\n\s*\n)[^])*?[^`]\1(?!`)/g, blank);
}
