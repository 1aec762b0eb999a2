import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Manifest } from './published.ts';

/** Blocks of a tar archive, in bytes. */
const BLOCK = 512;

/** A package as it would be published. */
export interface Packed {
  readonly manifest: Manifest;
  readonly tarball: string;
  /** Bytes of the tarball. */
  readonly packedBytes: number;
  /** By path inside of the package. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** @param file as dependencies are written: `file:` and the path */
export async function readTarball(file: string): Promise<Packed> {
  const tarball = file.startsWith('file://') ? fileURLToPath(file) : file.replace(/^file:/, '');
  const compressed = await readFile(tarball);
  const files = new Map(entriesOf(gunzipSync(compressed)));
  const manifest = files.get('package.json');
  if (manifest === undefined) throw new Error(`${tarball} has no package.json`);
  return { manifest: JSON.parse(manifest.toString()) as Manifest, tarball, packedBytes: compressed.length, files };
}

/** The files of a tar archive (POSIX ustar). All of them lie in one folder, `package/`, which is left out. */
function* entriesOf(archive: Buffer): Generator<[string, Buffer]> {
  for (let at = 0; at + BLOCK <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK);
    const name = fieldOf(header, 0, 100);
    if (name === '') return; // Two empty blocks end the archive.
    const size = Number.parseInt(fieldOf(header, 124, 12).trim() || '0', 8);
    const kind = fieldOf(header, 156, 1);
    const prefix = fieldOf(header, 345, 155);
    const path = (prefix === '' ? name : `${prefix}/${name}`).replace(/^package\//, '');
    if (kind === '0' || kind === '') yield [path, archive.subarray(at + BLOCK, at + BLOCK + size)];
    else if (kind !== '5') throw new Error(`${path} is no plain file: an entry of type ${kind}`);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function fieldOf(header: Buffer, offset: number, length: number): string {
  const field = header.toString('utf8', offset, offset + length);
  const end = field.indexOf('\0');
  return end < 0 ? field : field.slice(0, end);
}
