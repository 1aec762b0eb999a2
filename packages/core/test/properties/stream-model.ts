/** What the standard makes of a stream that is there as a whole. */
export interface Interpreted {
  readonly frames: readonly string[];
  /** What a reconnecting client would send back. */
  readonly lastEventId: string;
}

/**
 * The section "Interpreting an event stream" of the WHATWG HTML standard, sentence by sentence, for a stream that is
 * there as a whole. Slow and simple on purpose: the code under test has none of these steps.
 */
export function interpret(bytes: Uint8Array): Interpreted {
  // "UTF-8 decode": one BOM at the beginning goes, and bytes that are no UTF-8 become U+FFFD.
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/);
  lines.pop(); // Behind the last line end is no line: "once the end of the file is reached, any pending data must be discarded".
  const frames: string[] = [];
  let [data, idBuffer, lastEventId] = ['', '', ''];
  for (const line of lines) {
    if (line === '') {
      lastEventId = idBuffer;
      if (data !== '') frames.push(data.slice(0, -1));
      data = '';
      continue;
    }
    const [, name = '', , fieldValue = ''] = /^([^:]*)(: ?([^]*))?$/.exec(line) ?? [];
    if (name === 'data') data += `${fieldValue}\n`;
    if (name === 'id' && !fieldValue.includes('\0')) idBuffer = fieldValue;
  }
  return { frames, lastEventId };
}
