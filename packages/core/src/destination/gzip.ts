import { constants, createGzip, type Gzip, type ZlibReset } from 'node:zlib';

/** So many compressors are kept for the next bodies; each holds a quarter of a megabyte. */
const MOST_IDLE = 8;
/** The output comes in pieces of this size: few, since each is a turn of the event loop. Bytes. */
const chunkSize = 65_536;

const idle: GzipCompressor[] = [];

/**
 * Compresses on Node's thread pool; gives the bytes that `gzipSync` gives. Compressors are used again: a new one for each
 * body, as zlib's own function makes, takes its memory from the system and gives it back, which costs the main thread
 * about as much again.
 */
export async function gzip(body: string | Uint8Array): Promise<Buffer> {
  const compressor = idle.pop() ?? new GzipCompressor();
  const compressed = await compressor.compress(body);
  if (idle.length < MOST_IDLE) idle.push(compressor);
  else compressor.close();
  return compressed;
}

/** Compresses one body after the other. */
class GzipCompressor {
  /** Node's types leave out `reset`, which every stream of zlib has. */
  readonly #stream = createGzip({ chunkSize }) as Gzip & ZlibReset;
  #parts: Buffer[] = [];

  constructor() {
    this.#stream.on('data', (part: Buffer) => this.#parts.push(part));
  }

  compress(body: string | Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const stream = this.#stream;
      stream.once('error', reject);
      stream.write(body);
      stream.flush(constants.Z_FINISH, (error?: Error | null) => {
        if (error) return; // Told by the event; this compressor is not used again.
        stream.off('error', reject);
        stream.reset();
        resolve(this.#take());
      });
    });
  }

  close(): void {
    this.#stream.close();
  }

  #take(): Buffer {
    const parts = this.#parts;
    this.#parts = [];
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts);
  }
}
