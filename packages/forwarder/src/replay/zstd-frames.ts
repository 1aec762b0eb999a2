/** What the next bytes are. */
type Part = 'magic' | 'skippable size' | 'descriptor' | 'block header' | 'skipped';

const MAGIC = 0xfd2fb528;
/** 16 numbers, for frames that hold no content. */
const SKIPPABLE_MAGIC = 0x184d2a5;

/** A part of one frame. */
export interface FramePart {
  readonly bytes: Uint8Array;
  /** Whether the frame ends with it. */
  readonly isEnd: boolean;
}

/** Follows the frames of a zstd stream (RFC 8878, section 3.1) without unpacking them: where each ends, and whether the last one does. */
export class ZstdFrames {
  #part: Part = 'magic';
  #after: Part = 'magic';
  #collected: number[] = [];
  #wanted = 4;
  #checksumBytes = 0;
  #isBroken = false;

  /** Whether these are the first bytes of such a stream. */
  static begin(bytes: Buffer): boolean {
    return bytes.length >= 4 && (bytes.readUInt32LE(0) === MAGIC || bytes.readUInt32LE(0) >>> 4 === SKIPPABLE_MAGIC);
  }

  /** True at the end of a frame. What is no frame is left to the decompressor to refuse. */
  get isWhole(): boolean {
    return this.#isBroken || (this.#part === 'magic' && this.#collected.length === 0);
  }

  /** The parts of the next bytes, cut where a frame ends. */
  pass(chunk: Uint8Array): readonly FramePart[] {
    const parts: FramePart[] = [];
    let [from, at] = [0, 0];
    while (at < chunk.length && !this.#isBroken) {
      if (this.#part === 'skipped') {
        const passed = Math.min(this.#wanted, chunk.length - at);
        at += passed;
        this.#wanted -= passed;
        if (this.#wanted === 0) this.#expect(this.#after);
      } else {
        this.#collected.push(chunk[at++] ?? 0);
        if (this.#collected.length === this.#wanted) this.#read(Buffer.from(this.#collected));
      }
      if (!this.isWhole || this.#isBroken) continue;
      parts.push({ bytes: chunk.subarray(from, at), isEnd: true });
      from = at;
    }
    if (from < chunk.length) parts.push({ bytes: chunk.subarray(from), isEnd: false });
    return parts;
  }

  #read(bytes: Buffer): void {
    if (this.#part === 'magic') {
      const magic = bytes.readUInt32LE(0);
      if (magic === MAGIC) this.#expect('descriptor');
      else if (magic >>> 4 === SKIPPABLE_MAGIC) this.#expect('skippable size');
      else this.#isBroken = true;
    } else if (this.#part === 'skippable size') {
      this.#skip(bytes.readUInt32LE(0), 'magic');
    } else if (this.#part === 'descriptor') {
      this.#skip(this.#headerBytes(bytes.readUInt8(0)), 'block header');
    } else {
      this.#readBlock(bytes.readUIntLE(0, 3));
    }
  }

  /** Bytes of the frame's header behind its descriptor: window, dictionary, size of the content. */
  #headerBytes(descriptor: number): number {
    const isSingleSegment = (descriptor & 0x20) !== 0;
    this.#checksumBytes = (descriptor & 0x04) === 0 ? 0 : 4;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 0x03] ?? 0;
    const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    return (isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes;
  }

  #readBlock(header: number): void {
    const isLast = (header & 1) === 1;
    // A block of the type "run length" holds one byte, however often that is repeated.
    const bytes = ((header >> 1) & 3) === 1 ? 1 : header >> 3;
    if (isLast) this.#skip(bytes + this.#checksumBytes, 'magic');
    else this.#skip(bytes, 'block header');
  }

  #skip(bytes: number, after: Part): void {
    if (bytes === 0) return this.#expect(after);
    this.#part = 'skipped';
    this.#wanted = bytes;
    this.#after = after;
    return undefined;
  }

  #expect(part: Part): void {
    this.#part = part;
    this.#collected = [];
    this.#wanted = { magic: 4, 'skippable size': 4, descriptor: 1, 'block header': 3, skipped: 0 }[part];
  }
}
