import { gunzipSync, zstdDecompressSync } from 'node:zlib';

/** The lines of an object, whose key says how it is compressed. Throws when the last one is not ended. */
export function linesOf(key: string, content: Uint8Array): string[] {
  const text = Buffer.from(inflate(key, content)).toString('utf8');
  if (!text.endsWith('\n')) throw new Error(`the last line of ${key} is not ended`);
  return text.slice(0, -1).split('\n');
}

/** The ids of the events in an object, in their order. */
export function idsIn(key: string, content: Uint8Array): string[] {
  return linesOf(key, content).map((line) => (JSON.parse(line) as { readonly id: string }).id);
}

function inflate(key: string, content: Uint8Array): Uint8Array {
  if (key.endsWith('.gz')) return gunzipSync(content);
  return key.endsWith('.zst') ? zstdDecompressSync(content) : content;
}
