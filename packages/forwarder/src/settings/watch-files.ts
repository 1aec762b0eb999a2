import { lstatSync, readlinkSync, realpathSync, statSync, watch, type FSWatcher } from 'node:fs';
import { dirname, join, parse, resolve, sep } from 'node:path';

/** What watches files until it is disposed of. */
export interface FileWatch extends Disposable {
  /** Watches these files from now on, and no others. What happened to those that stay is not forgotten. */
  update(files: readonly string[]): void;
}

export interface WatchOptions {
  /** Milliseconds without a further change after which a change is told. @defaultValue 300 */
  readonly settleMs?: number;
  /** Milliseconds between two looks at the files where the system tells nothing, on a network share say. @defaultValue 5_000 */
  readonly pollMs?: number;
}

/** A change is told this late at most, in milliseconds, even when others keep coming. */
const MAX_LATE_MS = 2_000;
/** Milliseconds between the system's word and the look: one change brings several words. */
const LOOK_MS = 50;
/** As in Linux; more are a circle. */
const MAX_LINKS = 40;

/**
 * Calls `onChange` after the content behind any of the files may have changed: written, replaced, deleted, made again, or
 * reached through a link that was turned elsewhere, as in a mounted Kubernetes ConfigMap. Several changes in a short time
 * are one call. The files need not exist. What it holds does not keep the program running.
 *
 * Only what happens after this call is told. In `onChange`, a file read changed after it was read is told again.
 */
export function watchFiles(files: readonly string[], onChange: () => void, options: WatchOptions = {}): FileWatch {
  return new WatchedFiles(files, onChange, options);
}

class WatchedFiles implements FileWatch {
  readonly #onChange: () => void;
  readonly #settleMs: number;
  readonly #poll: NodeJS.Timeout;
  /** By file: what its content was told by, at the last look. */
  #prints = new Map<string, string>();
  /** By the print of the folder, which is another one after it was made anew. */
  readonly #watchers = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;
  #timerDueAt = Infinity;
  /** When a change was seen that is not told yet. */
  #firstChangeAt: number | undefined;
  #lastChangeAt = 0;

  constructor(files: readonly string[], onChange: () => void, { settleMs = 300, pollMs = 5_000 }: WatchOptions) {
    this.#onChange = onChange;
    this.#settleMs = settleMs;
    this.update(files);
    this.#poll = setInterval(() => this.#look(), pollMs).unref();
  }

  update(files: readonly string[]): void {
    const known = this.#prints;
    const absolute = files.map((file) => resolve(file));
    this.#watchFolders(absolute);
    this.#prints = new Map(absolute.map((file) => [file, known.get(file) ?? printOf(file)]));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#poll);
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #look(): void {
    const now = performance.now();
    // The folders first: what changes from then on is told by the system.
    this.#watchFolders([...this.#prints.keys()]);
    for (const [file, print] of this.#prints) {
      const current = printOf(file);
      if (current === print) continue;
      this.#prints.set(file, current);
      this.#lastChangeAt = now;
      this.#firstChangeAt ??= now;
    }
    if (this.#firstChangeAt === undefined) return;
    const dueAt = Math.min(this.#lastChangeAt + this.#settleMs, this.#firstChangeAt + MAX_LATE_MS);
    if (now < dueAt) {
      this.#lookAt(dueAt);
      return;
    }
    this.#firstChangeAt = undefined;
    this.#onChange();
  }

  #lookAt(dueAt: number): void {
    if (this.#timerDueAt <= dueAt) return;
    clearTimeout(this.#timer);
    this.#timerDueAt = dueAt;
    this.#timer = setTimeout(
      () => {
        this.#timerDueAt = Infinity;
        this.#look();
      },
      Math.ceil(dueAt - performance.now()),
    ).unref();
  }

  #watchFolders(files: readonly string[]): void {
    const folders = new Map(files.flatMap(foldersOf).map((folder) => [folderPrint(folder), folder]));
    for (const [print, watcher] of this.#watchers) {
      if (folders.has(print)) continue;
      watcher.close();
      this.#watchers.delete(print);
    }
    for (const [print, folder] of folders) {
      if (this.#watchers.has(print)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#lookAt(performance.now() + LOOK_MS));
        // Then only the poll is left, until the folder is there again.
        watcher.on('error', () => {
          watcher.close();
          if (this.#watchers.get(print) === watcher) this.#watchers.delete(print);
        });
        this.#watchers.set(print, watcher);
      } catch {
        // Gone, not readable, or too many watches: the poll sees what happens there.
      }
    }
  }
}

/** Differs when the file may have another content: another file, another time or size, there or not. */
function printOf(file: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return [realpathSync(file), dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

function folderPrint(folder: string): string {
  try {
    const { dev, ino, birthtimeNs } = statSync(folder, { bigint: true });
    return [folder, dev, ino, birthtimeNs].join(':');
  } catch {
    return folder;
  }
}

/**
 * The folders in which something happens when the content behind the file changes: its own, and those of all links on the
 * way to it. Of a file that is not there, the last folder that is.
 *
 *     /etc/forwarder/settings.yaml -> ..data/settings.yaml      /etc/forwarder
 *     /etc/forwarder/..data -> ..2026_10_01                     /etc/forwarder
 *     /etc/forwarder/..2026_10_01/settings.yaml                 /etc/forwarder/..2026_10_01
 */
function foldersOf(file: string): string[] {
  const { root } = parse(file);
  const folders: string[] = [];
  const names = namesOf(file);
  let folder = root;
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const entry = name === '..' ? dirname(folder) : join(folder, name);
    const target = linkTarget(entry);
    if (target === undefined) {
      folders.push(folder);
      return folders;
    }
    if (target === '') {
      if (names.length === 0) folders.push(folder);
      folder = entry;
      continue;
    }
    folders.push(folder);
    links++;
    if (links > MAX_LINKS) return folders;
    if (parse(target).root !== '') folder = root;
    names.unshift(...namesOf(target));
  }
  return folders;
}

function namesOf(path: string): string[] {
  return path
    .slice(parse(path).root.length)
    .split(sep)
    .filter((name) => name !== '' && name !== '.');
}

/** Where a link leads; empty for what is no link, undefined for what is not there. */
function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : '';
  } catch {
    return undefined;
  }
}
