import { createHash } from 'node:crypto';
import { DestinationError, type GrantexEvent } from '@grantex/core';

/** BigQuery refuses longer ones. */
const MAX_INSERT_ID_LENGTH = 128;

/** One row of a request of insertAll, as JSON text. BigQuery takes repeats with the same `insertId` out for about a minute. */
export function encodeInsert(event: GrantexEvent): string {
  const { id, type, createdAt } = event;
  return JSON.stringify({
    insertId: insertId(id),
    json: { event_id: id, event_type: type, created_at: isoOf(microsOf(createdAt)), data: dataOf(event) },
  });
}

/** A column of type JSON takes JSON as a text, in both APIs, and so does one of type STRING. */
export function dataOf({ data }: GrantexEvent): string {
  return JSON.stringify(data ?? null);
}

const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/;

/** A TIMESTAMP: Unix epoch in microseconds. Digits beyond them are cut off, as BigQuery has none. */
export function microsOf(createdAt: string): bigint {
  const [, date = '', time = '', fraction = '', zone = ''] = RFC_3339.exec(createdAt) ?? [];
  const milliseconds = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(milliseconds)) {
    throw new DestinationError('DEST_REJECTED', 'createdAt is no RFC 3339 time, and the column created_at needs one');
  }
  return BigInt(milliseconds) * 1_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}

function isoOf(micros: bigint): string {
  // The fraction of a second is never negative here: the date was read without it.
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((micros - fraction) / 1_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(fraction).padStart(6, '0')}Z`;
}

function insertId(id: string): string {
  return id.length <= MAX_INSERT_ID_LENGTH ? id : createHash('sha256').update(id).digest('hex');
}
