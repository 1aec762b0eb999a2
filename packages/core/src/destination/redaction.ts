const MARK = '[secret]';

/** A function that takes secrets out of texts, also where two of them overlap. */
export function redaction(secrets: readonly string[]): (text: string) => string {
  const known = [...new Set(secrets)].filter((secret) => secret !== '');
  return (text) => {
    const found = known.flatMap((secret) => occurrences(text, secret));
    if (found.length === 0) return text;
    found.sort((one, other) => one.from - other.from);
    let clean = '';
    let done = 0;
    for (const [index, { from, to }] of found.entries()) {
      if (from >= done) clean += text.slice(done, from) + MARK;
      // One that lies in the one before, or goes on from within it, has its mark already.
      done = Math.max(done, to);
      if (index === found.length - 1) clean += text.slice(done);
    }
    return clean;
  };
}

function occurrences(text: string, secret: string): { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (let from = text.indexOf(secret); from !== -1; from = text.indexOf(secret, from + 1)) {
    found.push({ from, to: from + secret.length });
  }
  return found;
}
