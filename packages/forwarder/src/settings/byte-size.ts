import type { Complaint } from '@grantex/core';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/** A journal on disk that is smaller has no room for what it needs beside events. */
const MIN_JOURNAL_BYTES = 100_000;

/** Bytes of `1073741824`, `"1GiB"` or `"500 MB"`; undefined when it is none of that. */
export function bytesOf(size: unknown): number | undefined {
  if (typeof size === 'number') return Number.isSafeInteger(size) ? size : undefined;
  const [, digits = '', unit = ''] = typeof size === 'string' ? (/^(\d+(?:\.\d+)?) *([a-z]*)$/i.exec(size) ?? []) : [];
  const bytes = Math.floor(Number(digits) * (UNITS[unit.toUpperCase()] ?? Number.NaN));
  return digits !== '' && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The rule of `journal.maxBytes`. */
export function journalSizeComplaints(size: unknown): readonly Complaint[] {
  const bytes = bytesOf(size);
  const expected = `at least ${MIN_JOURNAL_BYTES} bytes, as a number or as a text such as 1GiB or 500MB`;
  if (bytes === undefined) return [{ expected, got: 'something else' }];
  return bytes >= MIN_JOURNAL_BYTES ? [] : [{ expected, got: 'fewer' }];
}
