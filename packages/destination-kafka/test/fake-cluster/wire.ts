/** Kafka's binary types, as far as the requests need them that a fake broker answers ("Protocol primitive types"). */

export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#move(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#move(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#move(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#move(8));
  }

  /** Zigzag, of at most 53 bits. */
  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes.readUInt8(this.#move(1));
      value += (byte & 127) * factor;
      if (byte < 128) break;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  raw(length: number): Buffer {
    return this.#bytes.subarray(this.#move(length), this.#at);
  }

  rest(): Buffer {
    return this.raw(this.#bytes.length - this.#at);
  }

  /** Empty where there is none. */
  string(): string {
    return this.raw(Math.max(0, this.int16())).toString('utf8');
  }

  bytes(): Buffer {
    return this.raw(Math.max(0, this.int32()));
  }

  /** With the length of a record's field. */
  text(): string {
    return this.raw(Math.max(0, this.varint())).toString('utf8');
  }

  array<Item>(read: () => Item): Item[] {
    return Array.from({ length: Math.max(0, this.int32()) }, read);
  }

  #move(length: number): number {
    const from = this.#at;
    this.#at += length;
    return from;
  }
}

export const int8 = (value: number): Buffer => write(1, (bytes) => bytes.writeInt8(value));
export const int16 = (value: number): Buffer => write(2, (bytes) => bytes.writeInt16BE(value));
export const int32 = (value: number): Buffer => write(4, (bytes) => bytes.writeInt32BE(value));
export const int64 = (value: bigint): Buffer => write(8, (bytes) => bytes.writeBigInt64BE(value));
export const string = (text: string): Buffer => Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
export const noString = (): Buffer => int16(-1);
export const array = (items: readonly Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items]);

function write(length: number, fill: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(length);
  fill(bytes);
  return bytes;
}
