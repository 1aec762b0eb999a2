/** Where each of several JSON objects written one after the other ends; what follows the last whole one is one more piece. */
export function splitObjects(text: string): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let from = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInText) {
      if (character === '\\') at++;
      else if (character === '"') isInText = false;
    } else if (character === '"') isInText = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) {
      pieces.push(text.slice(from, at + 1).trim());
      from = at + 1;
    }
  }
  const rest = text.slice(from).trim();
  return rest === '' ? pieces : [...pieces, rest];
}
