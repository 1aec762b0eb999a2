import { joinBytes } from '@grantex/core';

/** One event as a line: its own text. Line breaks between the parts of a JSON text mean nothing, but they would end the line. */
export function encodeEvent(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ');
}

/** The lines of a batch, each with its line feed. */
export function encodeLines(records: readonly string[]): Uint8Array {
  return joinBytes(records, { between: '\n', after: '\n' });
}
