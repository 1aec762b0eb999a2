import type { WriteStream } from 'node:tty';

const CLEAR_LINE = '\r\u001B[2K';
/** Between two lines of progress where a line cannot be rewritten. */
const PROGRESS_LINE_MS = 1_000;

/** Lines that stay, and below them one line of progress that is rewritten. Without a terminal it is a line a second. */
export class Terminal {
  readonly #out: WriteStream;
  readonly #rewrites: boolean;
  #progress = '';
  #nextProgressAt = 0;

  constructor(out: WriteStream) {
    this.#out = out;
    this.#rewrites = out.isTTY && process.env['TERM'] !== 'dumb';
  }

  line(text = ''): void {
    if (this.#rewrites) this.#out.write(`${CLEAR_LINE}${text}\n${this.#progress}`);
    else this.#out.write(`${text}\n`);
  }

  progress(text: string): void {
    if (this.#rewrites) {
      // A line that wraps could not be rewritten.
      this.#progress = text.slice(0, this.#out.columns - 1);
      this.#out.write(`${CLEAR_LINE}${this.#progress}`);
    } else if (performance.now() >= this.#nextProgressAt) {
      this.#nextProgressAt = performance.now() + PROGRESS_LINE_MS;
      this.#out.write(`${text}\n`);
    }
  }

  /** The last progress becomes a line that stays. */
  endProgress(): void {
    if (this.#progress !== '') this.#out.write('\n');
    this.#progress = '';
  }
}
