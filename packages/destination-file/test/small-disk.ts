import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file system of one MiB, which can be filled. */
export class SmallDisk implements Disposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Undefined where none can be mounted: only root may do that, and not everywhere. */
  static mount(folder: string): SmallDisk | undefined {
    const path = join(folder, 'small');
    mkdirSync(path);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' });
    } catch {
      return undefined;
    }
    return new SmallDisk(path);
  }

  /** Takes so many bytes away. */
  take(bytes: number): void {
    writeFileSync(join(this.path, 'ballast'), Buffer.alloc(bytes, 1));
  }

  /** Gives them back. */
  give(): void {
    rmSync(join(this.path, 'ballast'));
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['-l', this.path]);
  }
}
