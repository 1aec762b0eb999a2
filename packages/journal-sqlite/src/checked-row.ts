import { crc32 } from 'node:zlib';

/** What is stored beside its key: JSON, and the checksum of both. */
export interface CheckedRow {
  readonly crc: number;
  readonly value: string;
}

export function sealRow(key: string | number, value: unknown): CheckedRow {
  const json = JSON.stringify(value);
  return { crc: crc32(`${key}:${json}`), value: json };
}

/** The value as it was sealed; undefined when the row is not what was written. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- What was sealed under a key is known to the caller.
export function unsealRow<Value>(key: unknown, row: Readonly<Record<string, unknown>> | undefined): Value | undefined {
  const value = row?.['value'];
  if (typeof value !== 'string' || crc32(`${String(key)}:${value}`) !== row?.['crc']) return undefined;
  return JSON.parse(value) as Value;
}
