import type { CommandContext } from '../context.js';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const CTRL_C = '\u0003';

interface KeyboardStream {
  setRawMode?(isRaw: boolean): unknown;
}

/** The terminal's other screen, without a cursor, until it is disposed of: then everything is as it was. */
export class FullScreen implements Disposable {
  readonly #context: CommandContext;
  readonly #lines: () => readonly string[];
  readonly #quit = new AbortController();
  /** Aborts when the person, or the system, wants an end. */
  readonly signal: AbortSignal;
  readonly #onKey = (keys: Buffer | string): void => {
    const pressed = String(keys);
    if (pressed.includes('q') || pressed.includes('Q') || pressed.includes(CTRL_C)) this.#quit.abort();
  };
  readonly #redraw = (): void => this.draw();
  readonly #restore = (): void => void this.#context.stdout.write(LEAVE);

  /** `lines`: what to show, asked at each drawing. Each has to fit the width. */
  constructor(context: CommandContext, lines: () => readonly string[]) {
    this.#context = context;
    this.#lines = lines;
    this.signal = AbortSignal.any([context.signal, this.#quit.signal]);
    const { stdin, stdout } = context;
    // Also when the program ends without coming back here.
    process.once('exit', this.#restore);
    stdout.write(ENTER);
    stdout.on('resize', this.#redraw);
    (stdin as KeyboardStream).setRawMode?.(true);
    stdin.on('data', this.#onKey);
    stdin.resume();
  }

  draw(): void {
    const { stdout } = this.#context;
    const lines = this.#lines().slice(0, Math.max(1, (stdout.rows ?? 24) - 1));
    // Overwritten rather than cleared first: nothing flickers.
    stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K\r\n`).join('')}\u001b[J`);
  }

  [Symbol.dispose](): void {
    const { stdin, stdout } = this.#context;
    stdin.off('data', this.#onKey);
    (stdin as KeyboardStream).setRawMode?.(false);
    stdin.pause();
    stdout.off('resize', this.#redraw);
    process.off('exit', this.#restore);
    this.#restore();
  }
}
