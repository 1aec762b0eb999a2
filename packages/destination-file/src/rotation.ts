import { basename } from 'node:path';

/** When a new file is begun, in UTC. */
export const PERIODS = ['hour', 'day'] as const;
export type Period = (typeof PERIODS)[number];

const LENGTH_MS: Readonly<Record<Period, number>> = { hour: 3_600_000, day: 86_400_000 };

export interface RotationOptions {
  readonly maxFileBytes?: number | undefined;
  readonly rotate?: Period | undefined;
}

/** What is known of a file. Times are Unix epoch, milliseconds. */
export interface FileState {
  readonly size: number;
  readonly lastWriteAt: number;
}

/** Whether a file has to be renamed before so many bytes are written to it. An empty one never has to. */
export function isRotationDue(
  { size, lastWriteAt }: FileState,
  bytes: number,
  now: number,
  { maxFileBytes = Infinity, rotate }: RotationOptions,
): boolean {
  if (size === 0) return false;
  return (
    size + bytes > maxFileBytes || (rotate !== undefined && periodOf(lastWriteAt, rotate) !== periodOf(now, rotate))
  );
}

function periodOf(time: number, period: Period): number {
  return Math.floor(time / LENGTH_MS[period]);
}

/**
 * Where a file goes: the time of its last line is put behind its name, without colons, which some systems do not take; and a number,
 * if there is such a file already. In the order of their names the files are in the order of time.
 */
export function rotatedPath(path: string, lastWriteAt: number, attempt: number): string {
  const stamp = new Date(lastWriteAt).toISOString().replaceAll(':', '');
  return `${path}.${stamp}${attempt === 0 ? '' : `-${attempt}`}`;
}

const STAMP = /^\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z(-\d+)?$/;

/** Those of the names in a directory that {@link rotatedPath} gave to earlier files and that are too many, the oldest first. */
export function surplusNames(path: string, names: readonly string[], keepFiles: number): string[] {
  const prefix = `${basename(path)}.`;
  const rotated = names.filter((name) => name.startsWith(prefix) && STAMP.test(name.slice(prefix.length)));
  // The number behind a stamp has no fixed length.
  const inOrder = rotated.toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }));
  return inOrder.slice(0, Math.max(0, inOrder.length - keepFiles));
}
