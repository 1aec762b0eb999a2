import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder for one test. */
export class JournalFolder implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'journal-'));
  #copies = 0;

  get path(): string {
    return join(this.folder, 'events.db');
  }

  /** What a process that died would leave: the database and its log, as they are now. */
  copy(from: string): string {
    const path = join(this.folder, `copy-${++this.#copies}.db`);
    copyFileSync(from, path);
    if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${path}-wal`);
    writeFileSync(`${path}-lock`, '');
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
