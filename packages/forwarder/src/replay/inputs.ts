import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CommandFailure, EXIT } from '../exit-codes.js';
import { isS3Address, type S3Store } from './s3-store.js';

/** A file, an object, or standard input: something with lines of events. */
export interface Input {
  /** An absolute path, `s3://bucket/key`, or `-`. */
  readonly name: string;
  /** As stored; undefined when it cannot be known. */
  readonly bytes: number | undefined;
  /** Each call reads from the beginning. */
  open(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface InputPlaces {
  readonly stdin: NodeJS.ReadableStream;
  /** What relative paths are relative to. */
  readonly folder: string;
  /** The client for a bucket. */
  readonly store: (bucket: string) => Promise<S3Store>;
  /** Ends the waiting for standard input. */
  readonly signal: AbortSignal;
}

/**
 * Everything that the arguments name, in their order; the files of a folder and the objects of a prefix in the order of
 * their names. Files whose names begin with a dot are left out of folders.
 */
export async function findInputs(names: readonly string[], places: InputPlaces): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const name of names) {
    if (name === '-') inputs.push(standardInput(places.stdin, places.signal));
    else if (isS3Address(name)) inputs.push(...(await objectsOf(name, places)));
    else inputs.push(...(await filesOf(name, resolve(places.folder, name))));
  }
  return inputs;
}

async function filesOf(given: string, path: string): Promise<Input[]> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return [fileInput(path, found.size)];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
    const paths = files.map((entry) => join(entry.parentPath, entry.name)).toSorted(byName);
    if (paths.length === 0) throw new CommandFailure(`${given}: there is no file in this folder`);
    const inputs: Input[] = [];
    for (const file of paths) inputs.push(fileInput(file, (await stat(file)).size));
    return inputs;
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(code === 'ENOENT' ? `${given}: there is no such file or folder` : `${given}: ${message}`);
  }
}

function byName(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function fileInput(path: string, bytes: number): Input {
  return {
    name: path,
    bytes,
    // A stopped replay stops reading by leaving the loop.
    open: () => createReadStream(path, { highWaterMark: 262_144 }),
  };
}

function standardInput(stdin: NodeJS.ReadableStream & { destroy?(): void }, signal: AbortSignal): Input {
  return {
    name: '-',
    bytes: undefined,
    async *open() {
      signal.addEventListener('abort', () => stdin.destroy?.(), { once: true });
      for await (const chunk of stdin) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    },
  };
}

async function objectsOf(address: string, { store }: InputPlaces): Promise<Input[]> {
  const { host: bucket, prefix } = readS3Address(address);
  const objects = await store(bucket);
  const inputs: Input[] = [];
  for await (const { key, bytes } of objects.list(prefix)) {
    inputs.push({
      name: `s3://${bucket}/${key}`,
      bytes,
      open: (signal) => objects.read(key, signal),
    });
  }
  if (inputs.length === 0) throw new CommandFailure(`${address}: there is no object with this prefix`);
  return inputs;
}

function readS3Address(address: string): { readonly host: string; readonly prefix: string } {
  const [, host = '', prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(address) ?? [];
  if (host === '') throw new CommandFailure(`${address}: expected s3://bucket/prefix`, EXIT.usage);
  return { host, prefix };
}
