/** A longer line is no event: the stream itself never carries one. */
const MAX_LINE_BYTES = 8_388_608;

const LINE_FEED = 0x0a;

/** One line of a file. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its end. Undefined when it is longer than the limit. */
  readonly text: string | undefined;
}

/** The lines of a content, those of a chunk together. A last line without an end counts as one. */
export async function* readLines(
  content: AsyncIterable<Uint8Array>,
  maxBytes: number = MAX_LINE_BYTES,
): AsyncGenerator<readonly Line[], void, void> {
  let number = 0;
  let begun: Uint8Array[] = [];
  let begunBytes = 0;

  /** The line whose last part this is. */
  function end(part: Uint8Array): Line {
    number++;
    const isTooLong = begunBytes + part.length > maxBytes;
    const bytes = begun.length === 0 ? Buffer.from(part.buffer, part.byteOffset, part.length) : undefined;
    const text = isTooLong ? undefined : (bytes ?? Buffer.concat([...begun, part])).toString('utf8');
    begun = [];
    begunBytes = 0;
    return { number, text: number === 1 ? text?.replace(/^\uFEFF/, '') : text };
  }

  for await (const chunk of content) {
    const lines: Line[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      lines.push(end(chunk.subarray(from, at)));
      from = at + 1;
    }
    if (from < chunk.length) {
      begunBytes += chunk.length - from;
      // What is too long already is not kept.
      if (begunBytes <= maxBytes) begun.push(chunk.subarray(from));
      else begun = [];
    }
    if (lines.length > 0) yield lines;
  }
  if (begunBytes > 0) yield [end(new Uint8Array())];
}
