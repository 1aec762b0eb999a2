import {
  accepted,
  BatchingDestination,
  type Batch,
  type CheckResult,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import { classify } from './classify.js';
import { encodeEvent, encodeLines } from './encode.js';
import type { FileSystem } from './file-system.js';
import { LogFile } from './log-file.js';
import { FILE_DEFAULTS, resolveOptions, type FileDestinationOptions } from './options.js';
import type { Outlet } from './outlet.js';
import { StandardOutput } from './standard-output.js';

/** The lines of a batch, and their write if one is under way or has succeeded. */
interface Lines {
  readonly bytes: Uint8Array;
  writing: Promise<void> | undefined;
}

/** Writes events to a file or to the standard output, one event a line. */
export class FileDestination extends BatchingDestination {
  readonly #file: string | undefined;
  readonly #outlet: Outlet;
  /** Ends when the last write has ended, well or not. */
  #idle: Promise<unknown> = Promise.resolve();
  #isWriting = false;

  /** Throws an `OptionError` that names every option that is wrong. Opens nothing. `files` is for tests. */
  constructor(options: FileDestinationOptions, files?: FileSystem) {
    const resolved = resolveOptions(options);
    super(FILE_DEFAULTS, resolved);
    const { file, fsync, maxFileBytes, rotate, keepFiles } = resolved;
    const { name, clock, logger } = this.batching;
    this.#file = file;
    this.#outlet =
      file === undefined
        ? new StandardOutput()
        : new LogFile({ path: file, fsync, maxFileBytes, rotate, keepFiles, name, clock, logger }, files);
  }

  protected override encode(_event: GrantexEvent, text: string): string {
    return encodeEvent(text);
  }

  protected override async sendBatch(batch: Batch<string>): Promise<Verdict> {
    const lines = await batch.prepare<Lines>(() => ({
      bytes: encodeLines(batch.items.map(({ record }) => record)),
      writing: undefined,
    }));
    // A write cannot be broken off. One that takes longer than an attempt goes on, and the next attempt waits for it again.
    const writing = (lines.writing ??= this.#afterOthers(() => this.#outlet.write(lines.bytes)));
    try {
      await writing;
      return accepted();
    } catch (error) {
      if (lines.writing === writing) lines.writing = undefined;
      return classify(error, this.#file);
    }
  }

  protected override async checkService(): Promise<CheckResult> {
    try {
      return { ok: true, message: await this.#outlet.check() };
    } catch (error) {
      return { ok: false, message: classify(error, this.#file).message };
    }
  }

  protected override queryFor({ id }: GrantexEvent): string {
    return this.#file === undefined ? `grep ${id}` : `grep ${id} '${this.#file.replaceAll("'", String.raw`'\''`)}'`;
  }

  protected override async release(): Promise<void> {
    const closing = this.#afterOthers(() => this.#outlet.close());
    // A write that hangs has been waited for long enough.
    if (!this.#isWriting) await closing;
    else closing.catch(() => {});
  }

  /** One after the other: a batch may come while the write of another one has been given up and still goes on. */
  #afterOthers(act: () => Promise<void>): Promise<void> {
    const acting = this.#after(this.#idle, act);
    this.#idle = acting.catch(() => {}); // Told to whoever waits for it.
    return acting;
  }

  async #after(others: Promise<unknown>, act: () => Promise<void>): Promise<void> {
    await others;
    this.#isWriting = true;
    try {
      await act();
    } finally {
      this.#isWriting = false;
    }
  }
}
