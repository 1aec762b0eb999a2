import fs from 'node:fs';
import { promisify } from 'node:util';

/**
 * Brings the log to the disk without holding up the event loop: a transaction that SQLite has only written becomes durable
 * when a sync that began after it has ended. What is appended meanwhile makes up the next group.
 */
export class LogSync {
  readonly #path: string;
  #descriptor: number | undefined;

  /** `path` is the database's; the log beside it has to exist at the first `sync()`. */
  constructor(path: string) {
    this.#path = `${path}-wal`;
  }

  /** Rejects when the disk refuses; then nothing is known of what was written since the last sync that worked. */
  async sync(): Promise<void> {
    // Windows syncs only what is open for writing.
    this.#descriptor ??= fs.openSync(this.#path, 'r+');
    await promisify(fs.fdatasync)(this.#descriptor);
  }

  /** To be called when the log is about to be another file, and no sync is under way. */
  close(): void {
    if (this.#descriptor !== undefined) fs.closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
