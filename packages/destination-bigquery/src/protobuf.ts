import type { GrantexEvent } from '@grantex/core';
import { dataOf, microsOf } from './encode.js';

/**
 * The row as the Storage Write API takes it: a protobuf message, written by hand. Google's JSON writer puts 0 where a number
 * is none, and leaves out what it does not know, both in silence.
 */

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Numbers of google.protobuf.FieldDescriptorProto. */
const TYPE_INT64 = 3;
const TYPE_STRING = 9;
const LABEL_OPTIONAL = 1;

const FIELDS = [
  { name: 'event_id', number: 1, type: TYPE_STRING },
  { name: 'event_type', number: 2, type: TYPE_STRING },
  { name: 'created_at', number: 3, type: TYPE_INT64 }, // a TIMESTAMP is microseconds
  { name: 'data', number: 4, type: TYPE_STRING },
] as const;

/** Describes a row to BigQuery: a `google.protobuf.DescriptorProto`. */
export const ROW_DESCRIPTOR = {
  name: 'GrantexEvent',
  field: FIELDS.map((field) => ({ ...field, label: LABEL_OPTIONAL })),
};

/** One row, as bytes. */
export function encodeRow(event: GrantexEvent): Uint8Array {
  const micros = BigInt.asUintN(64, microsOf(event.createdAt));
  return Buffer.concat([
    text(1, event.id),
    text(2, event.type),
    tag(3, VARINT),
    varint(micros),
    text(4, dataOf(event)),
  ]);
}

function text(field: number, value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([tag(field, LENGTH_DELIMITED), varint(BigInt(bytes.length)), bytes]);
}

function tag(field: number, wireType: number): Buffer {
  return varint(BigInt((field << 3) | wireType));
}

/** Seven bits in a byte, the lowest first; the eighth says that more follow. */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
