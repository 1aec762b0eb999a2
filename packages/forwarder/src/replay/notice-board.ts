import { formatCount, printable, ProgressLine, type Output } from '../commands/terminal.js';
import type { Notice } from './input-reader.js';

/** Then they are only counted. */
const MAX_NOTICES = 10;

/** What a replay says while it runs, on standard error: a line of progress, and the first things that are wrong. */
export class NoticeBoard {
  readonly #stream: Output;
  readonly #progress: ProgressLine;
  #notices = 0;

  constructor(stream: Output) {
    this.#stream = stream;
    this.#progress = new ProgressLine(stream);
  }

  say(text: string): void {
    this.#progress.clear();
    this.#stream.write(`${text}\n`);
  }

  notice({ file, line, what }: Notice): void {
    this.#notices++;
    if (this.#notices <= MAX_NOTICES) this.say(`${printable(file)}:${line}: ${printable(what)}`);
  }

  progress(text: string): void {
    this.#progress.update(text);
  }

  /** Takes the line of progress away, and says what was not shown. */
  end(): void {
    this.#progress.clear();
    const hidden = this.#notices - MAX_NOTICES;
    if (hidden > 0) this.say(`… and ${formatCount(hidden)} more like these`);
  }
}
