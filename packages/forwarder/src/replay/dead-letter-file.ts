import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NewDeadLetter } from '@grantex/core';

/** Events that were given up, one a line with the reason. The file can be replayed itself. */
export class DeadLetterFile {
  readonly path: string;
  #waiting: string[] = [];
  #file: FileHandle | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(folder: string, digest: string) {
    this.path = join(folder, `replay-${digest}.dead.ndjson`);
  }

  add({ code, reason, statusCode, text }: NewDeadLetter): void {
    const status = statusCode === undefined ? '' : `"status_code":${statusCode},`;
    // The event's own text, so that nothing in it changes.
    const fields = `"code":${JSON.stringify(code)},"reason":${JSON.stringify(reason)},${status}`;
    this.#waiting.push(`{${fields}"event":${text}}\n`);
  }

  /** Resolves when all letters so far are in the file. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#append());
    return this.#saving;
  }

  async close(): Promise<void> {
    await this.save();
    await this.#file?.close();
  }

  async #append(): Promise<void> {
    if (this.#waiting.length === 0) return;
    if (this.#file === undefined) {
      await mkdir(dirname(this.path), { recursive: true });
      this.#file = await open(this.path, 'a', 0o600);
    }
    const lines = this.#waiting.splice(0).join('');
    await this.#file.appendFile(lines);
    await this.#file.datasync();
  }
}
