import { CommandFailure } from '../exit-codes.js';
import { lineDigest, type Place } from './checkpoint.js';
import type { Input } from './inputs.js';
import { type Line, readLines } from './lines.js';
import { orAborted } from './or-aborted.js';
import { unpack, UnreadableContent } from './unpack.js';

/** Something about one line that a person should know. */
export interface Notice {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** Reads inputs line by line, from a place on where one is given. */
export class InputReader {
  readonly #signal: AbortSignal;
  readonly #onNotice: (notice: Notice) => void;
  /** As stored. */
  bytesRead = 0;
  /** Files of which a part could not be unpacked. */
  unreadableFiles = 0;

  constructor({ signal, onNotice }: { readonly signal: AbortSignal; readonly onNotice: (notice: Notice) => void }) {
    this.#signal = signal;
    this.#onNotice = onNotice;
  }

  /** Groups of lines. Ends when the signal aborts. What cannot be unpacked is left out with a notice. */
  async *read(input: Input, after: Place | undefined): AsyncGenerator<readonly Line[], void, void> {
    const groups = readLines(unpack(this.#counted(input.open(this.#signal))));
    let last = 0;
    let skipped = after === undefined || after.line === 0;
    try {
      for (;;) {
        const next = await orAborted(groups.next(), this.#signal);
        if (next === undefined || next.done === true) break;
        last = next.value.at(-1)?.number ?? last;
        if (after === undefined || skipped) {
          yield next.value;
          continue;
        }
        const lines = next.value.filter(({ number }) => number > after.line);
        const found = next.value.find(({ number }) => number === after.line);
        if (found !== undefined) {
          if (lineDigest(found.text ?? '') !== after.digest) throw changed(after);
          skipped = true;
          if (lines.length > 0) yield lines;
        }
      }
      if (!skipped && !this.#signal.aborted) throw changed(after);
    } catch (error) {
      if (this.#signal.aborted) return;
      if (!(error instanceof UnreadableContent)) throw readFailure(input, error);
      this.unreadableFiles++;
      const what = `cannot be unpacked from here on: ${error.message}`;
      this.#onNotice({ file: input.name, line: last + 1, what });
    } finally {
      groups.return().catch(() => {}); // After an abort it may never come to its end.
    }
  }

  async *#counted(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of content) {
      this.bytesRead += chunk.length;
      yield chunk;
    }
  }
}

function changed(place: Place | undefined): CommandFailure {
  const where = place === undefined ? '' : `${place.file}, line ${place.line}: `;
  return new CommandFailure(
    `${where}not the line at which the last run stopped; the file was changed. Begin again with --from-start`,
  );
}

function readFailure({ name }: Input, error: unknown): unknown {
  if (error instanceof CommandFailure || (error as NodeJS.ErrnoException).syscall === undefined) return error;
  return new CommandFailure(`${name}: ${(error as Error).message}`);
}
