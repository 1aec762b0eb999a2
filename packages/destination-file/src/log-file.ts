import type { Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Clock, Logger } from '@grantex/core';
import { endsLine, LINE_FEED, repairEnd } from './file-end.js';
import { codeOf, fileError, systemFiles, type FileSystem, type OpenFile } from './file-system.js';
import type { Outlet } from './outlet.js';
import { isRotationDue, rotatedPath, surplusNames, type Period } from './rotation.js';

export interface LogFileOptions {
  /** Absolute. */
  readonly path: string;
  readonly fsync: boolean;
  readonly maxFileBytes?: number | undefined;
  readonly rotate?: Period | undefined;
  readonly keepFiles?: number | undefined;
  /** Before every line that is logged. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Current {
  readonly handle: OpenFile;
  readonly stats: Stats;
  /** Unix epoch, milliseconds. */
  lastWriteAt: number;
}

/** Of a new file: whoever collects logs may read it as a member of the group. */
const MODE = 0o640;
/** How long an unfinished line is let alone, because another process may be writing it. */
const PAUSE_MS = 100;
/** A block of most file systems. */
const PROBE_BYTES = 4_096;

/**
 * A file that lines are appended to. Other processes may append to it as well, and rename or delete it: each batch is one write in
 * append mode, and before each it is seen whether the path still leads to this file.
 */
export class LogFile implements Outlet {
  readonly #options: LogFileOptions;
  readonly #files: FileSystem;
  #open: Current | undefined;
  /** The rights of the file before: the next one gets them too. */
  #mode: number | undefined;

  constructor(options: LogFileOptions, files: FileSystem = systemFiles) {
    this.#options = options;
    this.#files = files;
  }

  async write(lines: Uint8Array): Promise<void> {
    const { clock } = this.#options;
    let file = await this.#current();
    const { size } = await file.handle.stat();
    if (isRotationDue({ size, lastWriteAt: file.lastWriteAt }, lines.byteLength, clock.now(), this.#options)) {
      await this.#rotate(file);
      file = await this.#current();
    }
    try {
      await this.#append(file.handle, lines);
    } catch (error) {
      // Opened anew: it may be that only the handle is bad, and what stands at the end is looked at.
      await this.close();
      throw error;
    }
    file.lastWriteAt = clock.now();
  }

  async check(): Promise<string> {
    const { path, maxFileBytes, rotate } = this.#options;
    const found = await this.#find();
    if (found !== undefined) await (await this.#files.open(path, 'a+')).close();
    try {
      await this.#probe();
    } catch (error) {
      // A file may be given to us in a directory that is not; then there is nothing else to be tried.
      const isEnough = found !== undefined && maxFileBytes === undefined && rotate === undefined;
      if (!isEnough || (codeOf(error) !== 'EACCES' && codeOf(error) !== 'EPERM')) throw error;
    }
    return `${path} can be written`;
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.handle.close();
  }

  /** The file that the path leads to, opened. */
  async #current(): Promise<Current> {
    const found = await this.#find();
    const open = this.#open;
    if (open !== undefined && found?.ino === open.stats.ino && found.dev === open.stats.dev) return open;
    await this.close();
    const handle = await this.#files.open(this.#options.path, 'a+', MODE);
    try {
      await this.#prepare(handle, found === undefined);
      const stats = await handle.stat();
      return (this.#open = { handle, stats, lastWriteAt: stats.mtimeMs });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #prepare(handle: OpenFile, isNew: boolean): Promise<void> {
    const { path, name, clock, logger, fsync } = this.#options;
    if (isNew) {
      if (this.#mode !== undefined) await handle.chmod(this.#mode);
      // The name of a file is on the disk when its directory is.
      if (fsync) await this.#syncDirectory();
      return;
    }
    const repair = await repairEnd(handle, () => clock.sleep(PAUSE_MS));
    if (repair.kind === 'cut back') {
      logger.warn(`${name}: ${path} ended with ${repair.bytes} bytes of an unfinished line, which were cut off`);
    } else if (repair.kind === 'ended') {
      logger.warn(`${name}: the last line of ${path} had no line feed, and has one now`);
    }
  }

  /** All or nothing: what was written of lines that are not all there is taken back. */
  async #append(handle: OpenFile, lines: Uint8Array): Promise<void> {
    const { size } = await handle.stat();
    // Another process may have been killed in the middle of a line.
    const bytes = (await endsLine(handle, size)) ? lines : Buffer.concat([Buffer.of(LINE_FEED), lines]);
    let written = 0;
    try {
      while (written < bytes.byteLength) written += (await handle.write(bytes, written)).bytesWritten;
      if (this.#options.fsync) await handle.datasync();
      if ((await handle.stat()).nlink === 0) throw fileError('EDELETED', 'the file was deleted while it was written');
    } catch (error) {
      await takeBack(handle, size, written);
      throw error;
    }
  }

  async #rotate({ handle, lastWriteAt }: Current): Promise<void> {
    const { path } = this.#options;
    const { mode } = await handle.stat();
    this.#mode = mode & 0o777;
    let attempt = 0;
    while (await this.#exists(rotatedPath(path, lastWriteAt, attempt))) attempt++;
    await this.#files.rename(path, rotatedPath(path, lastWriteAt, attempt));
    await this.close();
    await this.#deleteSurplus();
  }

  async #deleteSurplus(): Promise<void> {
    const { path, keepFiles, name, logger } = this.#options;
    if (keepFiles === undefined) return;
    const directory = dirname(path);
    try {
      for (const surplus of surplusNames(path, await this.#files.readdir(directory), keepFiles)) {
        await this.#files.unlink(join(directory, surplus));
      }
    } catch (error) {
      logger.warn(`${name}: old files in ${directory} cannot be deleted: ${String(error)}`);
    }
  }

  /** Writes to another file of the directory, and takes it away. */
  async #probe(): Promise<void> {
    const { path } = this.#options;
    const probe = join(dirname(path), `.${basename(path)}.check-${process.pid}`);
    const handle = await this.#files.open(probe, 'w', 0o600);
    try {
      for (let written = 0; written < PROBE_BYTES;) {
        written += (await handle.write(Buffer.alloc(PROBE_BYTES), written)).bytesWritten;
      }
      await handle.datasync();
    } finally {
      await handle.close();
      await this.#files.unlink(probe);
    }
  }

  async #find(): Promise<Stats | undefined> {
    const { path } = this.#options;
    try {
      const found = await this.#files.stat(path);
      if (found.isFile()) return found;
    } catch (error) {
      // The directory may be missing; opening tells.
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
    throw fileError('ENOTFILE', `${path} is something else than a file`);
  }

  async #exists(path: string): Promise<boolean> {
    try {
      await this.#files.stat(path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  async #syncDirectory(): Promise<void> {
    const directory = await this.#files.open(dirname(this.#options.path), 'r').catch(() => undefined);
    try {
      await directory?.sync();
    } catch {
      // Not all systems can; the file itself is synced in any case.
    } finally {
      await directory?.close();
    }
  }
}

/** Cuts off what was written behind `size`, if nobody else has written behind it. */
async function takeBack(handle: OpenFile, size: number, written: number): Promise<void> {
  if (written === 0) return;
  try {
    const { size: now } = await handle.stat();
    if (now === size + written) await handle.truncate(size);
  } catch {
    // The disk fails altogether. When the file is opened again its end is mended; whole lines come twice.
  }
}
