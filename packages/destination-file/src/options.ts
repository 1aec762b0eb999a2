import { resolve } from 'node:path';
import {
  batchingOptions,
  checkOptions,
  describe,
  option,
  type BatchingDefaults,
  type BatchingOptions,
  type CodeOptions,
  type Complaint,
  type OptionSchemas,
  type OutputOf,
} from '@grantex/core';
import { PERIODS, type Period } from './rotation.js';

/** A file has no limits of its own: a batch is what is written, and synced, at once. */
export const FILE_DEFAULTS: BatchingDefaults = {
  kind: 'file',
  limits: { maxEvents: 100_000, maxBytes: 64_000_000, batchOverheadBytes: 0 },
  batchSize: 1_000,
  maxBatchBytes: 1_000_000,
};

/**
 * Options of {@link FileDestination}. `batchSize` is 1,000 when not given, `maxBatchBytes` 1,000,000. `concurrency` makes no
 * difference: batches are written one after the other.
 */
export interface FileDestinationOptions extends BatchingOptions {
  /** The file; relative to the working directory. `-` or `stdout`: the standard output (a file of that name is `./stdout`). */
  readonly path: string;
  /**
   * Bytes of a file at most; a file that would become larger is renamed before. Only a single event that is larger makes a larger
   * file. At least 1,000. @defaultValue no limit
   */
  readonly maxFileBytes?: number;
  /** A file has the events of one hour, or day, in UTC; it is renamed when the next one is written. @defaultValue never */
  readonly rotate?: Period;
  /** So many renamed files are kept, and older ones deleted; 1 to 100,000. @defaultValue all */
  readonly keepFiles?: number;
  /**
   * Waits after each batch until the disk has it, so that a power cut takes nothing that counts as delivered.
   * @defaultValue true
   */
  readonly fsync?: boolean;
}

const { optional, wholeNumber } = option;

/** One line for each option of {@link FileDestinationOptions} that a file can hold: its default, its check, its word to editors. */
export const fileOptions = option.object(
  'Options of a file destination.',
  {
    ...batchingOptions(FILE_DEFAULTS),
    path: option.text('The file; - or stdout for the standard output.', pathComplaints),
    maxFileBytes: optional(wholeNumber('Bytes of a file at most.', 1_000, Number.MAX_SAFE_INTEGER)),
    rotate: optional(option.oneOf('When a new file is begun, in UTC.', PERIODS)),
    keepFiles: optional(wholeNumber('Renamed files that are kept.', 1, 100_000)),
    fsync: option.withDefault(true, option.flag('Wait after each batch until the disk has it.')),
  } satisfies OptionSchemas<FileDestinationOptions>,
  rotationComplaints,
);

export interface ResolvedFileOptions extends OutputOf<typeof fileOptions>, CodeOptions {
  /** Absolute; undefined for the standard output. */
  readonly file: string | undefined;
}

export function resolveOptions(options: FileDestinationOptions): ResolvedFileOptions {
  const checked = checkOptions(fileOptions, options);
  const { path, maxBatchBytes, maxFileBytes = Infinity } = checked;
  return {
    ...checked,
    maxBatchBytes: Math.min(maxBatchBytes, maxFileBytes),
    file: isStandardOutput(path) ? undefined : resolve(path),
  };
}

function isStandardOutput(path: unknown): boolean {
  return path === '-' || path === 'stdout' || path === '/dev/stdout';
}

function pathComplaints(path: string): readonly Complaint[] {
  const expected = 'the path of a file, or - for the standard output';
  if (path.includes('\0')) return [{ expected, got: 'a text with a NUL character' }];
  if (/[\\/]$/.test(path)) return [{ expected, got: 'the path of a directory' }];
  return path.startsWith('~') ? [{ expected, got: 'a path with ~, which is not understood here' }] : [];
}

const OF_FILES = ['maxFileBytes', 'rotate', 'keepFiles'] as const;

function rotationComplaints(options: Readonly<Record<string, unknown>>): readonly Complaint[] {
  if (isStandardOutput(options['path'])) {
    return OF_FILES.filter((name) => options[name] !== undefined).map((at) => ({
      at,
      expected: 'a file in path',
      got: 'the standard output, which is no file to rename',
    }));
  }
  const { maxFileBytes, rotate, keepFiles } = options;
  if (keepFiles === undefined || maxFileBytes !== undefined || rotate !== undefined) return [];
  return [{ at: 'keepFiles', expected: 'maxFileBytes or rotate beside it', got: describe(undefined) }];
}
