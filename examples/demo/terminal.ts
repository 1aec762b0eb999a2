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
    this.#out.write(`${this.#rewrites ? CLEAR_LINE : ''}${text}\n`);
    if (this.#rewrites) this.#draw();
  }

  progress(text: string): void {
    this.#progress = text;
    if (this.#rewrites) {
      this.#draw();
    } else if (performance.now() >= this.#nextProgressAt) {
      this.#nextProgressAt = performance.now() + PROGRESS_LINE_MS;
      this.#out.write(`${text}\n`);
    }
  }

  /** The last progress becomes a line that stays. */
  endProgress(): void {
    if (this.#progress !== '') this.#out.write(`${this.#rewrites ? '' : this.#progress}\n`);
    this.#progress = '';
  }

  #draw(): void {
    // A line that wraps could not be rewritten.
    this.#out.write(`${CLEAR_LINE}${this.#progress.slice(0, this.#out.columns - 1)}`);
  }
}
