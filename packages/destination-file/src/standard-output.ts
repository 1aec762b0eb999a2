import { fstat, write } from 'node:fs';
import { promisify } from 'node:util';
import { LINE_FEED } from './file-end.js';
import type { Outlet } from './outlet.js';

const FILE_DESCRIPTOR = 1;
const statOf = promisify(fstat);
const writeTo = promisify(write);

/**
 * The standard output of the process. A write is over when the system has taken everything: a slow reader slows the delivery down,
 * and nothing piles up in memory.
 */
export class StandardOutput implements Outlet {
  #isListening = false;
  /** An earlier write failed in the middle of a line. */
  #isMidLine = false;

  async write(lines: Uint8Array): Promise<void> {
    const stats = await statOf(FILE_DESCRIPTOR);
    // Node's own stream for a file forgets what a full disk has not taken.
    await (stats.isFile() ? this.#writeToFile(lines) : this.#writeToStream(lines));
  }

  async check(): Promise<string> {
    await statOf(FILE_DESCRIPTOR);
    return 'lines go to the standard output; whether somebody reads them is not known';
  }

  async close(): Promise<void> {
    process.stdout.off('error', ignore);
    this.#isListening = false;
  }

  async #writeToFile(lines: Uint8Array): Promise<void> {
    const bytes = this.#isMidLine ? Buffer.concat([Buffer.of(LINE_FEED), lines]) : lines;
    for (let written = 0; written < bytes.byteLength; this.#isMidLine = bytes[written - 1] !== LINE_FEED) {
      const { bytesWritten } = await writeTo(FILE_DESCRIPTOR, bytes, written);
      written += bytesWritten;
    }
  }

  #writeToStream(lines: Uint8Array): Promise<void> {
    // Whoever writes is told; without a listener the error would end the process.
    if (!this.#isListening) process.stdout.on('error', ignore);
    this.#isListening = true;
    return new Promise((resolve, reject) => {
      process.stdout.write(lines, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function ignore(): void {}
