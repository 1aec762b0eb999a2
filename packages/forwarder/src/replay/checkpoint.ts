import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandFailure } from '../exit-codes.js';

/** Up to where everything is settled. */
export interface Place {
  /** The name of the file, or `s3://…`. */
  readonly file: string;
  /** How many files stand before it in the order of the replay. */
  readonly filesBefore: number;
  /** The last line that is settled; 0 when none of this file is. */
  readonly line: number;
  /** Of that line: tells whether the file is still the same. Empty for line 0. */
  readonly digest: string;
}

/** What a replay was asked for: the same again goes on where it stopped. */
export interface ReplayIdentity {
  readonly inputs: readonly string[];
  readonly destination: string;
  readonly types: readonly string[] | undefined;
  readonly since: number | undefined;
  readonly until: number | undefined;
}

/** Names the files that a replay keeps: 16 hexadecimal digits. */
export function replayDigest({ inputs, destination, types, since, until }: ReplayIdentity): string {
  const parts = JSON.stringify([inputs, destination, types ?? null, since ?? null, until ?? null]);
  return createHash('sha256').update(parts).digest('hex').slice(0, 16);
}

export function lineDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Which of the inputs a place is in; -1 when it is in none. */
export function placeOf({ file, filesBefore }: Place, inputs: readonly { readonly name: string }[]): number {
  if (inputs[filesBefore]?.name === file) return filesBefore;
  return inputs.findIndex(({ name }) => name === file);
}

/** The place that is found again by the next run, in a file that is replaced in one step. */
export class Checkpoint {
  readonly path: string;

  constructor(folder: string, digest: string) {
    this.path = join(folder, `replay-${digest}.json`);
  }

  /** Undefined when there is none. */
  async load(): Promise<Place | undefined> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new CommandFailure(`the checkpoint cannot be read: ${(error as Error).message}`);
    }
    const place = readPlace(text);
    if (place !== undefined) return place;
    throw new CommandFailure(`${this.path} is no checkpoint. Begin again with --from-start`);
  }

  async save(place: Place): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const written = `${this.path}.${randomUUID()}.tmp`;
    try {
      await using file = await open(written, 'wx', 0o600);
      await file.writeFile(`${JSON.stringify(place)}\n`);
      await file.sync();
      await rename(written, this.path);
    } catch (error) {
      await rm(written, { force: true });
      throw new CommandFailure(`the checkpoint cannot be written: ${(error as Error).message}`);
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

function readPlace(text: string): Place | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { file, filesBefore, line, digest } = value as Partial<Record<keyof Place, unknown>>;
  if (typeof file !== 'string' || typeof digest !== 'string') return undefined;
  if (!isCount(filesBefore) || !isCount(line)) return undefined;
  return { file, filesBefore, line, digest };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
