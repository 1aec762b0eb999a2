import { stripVTControlCharacters, styleText } from 'node:util';

/** Where a command prints: a terminal, a file or a pipe. */
export type Output = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export type Style = Parameters<typeof styleText>[0];

/** A number stands at the right of its column. What is printed has no control characters, whatever the text brings. */
export type Cell = string | number | { readonly text: string; readonly style?: Style; readonly align?: 'right' };

export interface TableOptions {
  /** Decides about colours, and how wide a row may be. */
  readonly stream: Output;
  /** The names of the columns. */
  readonly head?: readonly string[];
  /** Columns of the terminal. @defaultValue those of a terminal; elsewhere rows are not cut */
  readonly width?: number;
}

const BETWEEN_COLUMNS = '  ';

/** The text in a style, if the stream is a terminal that wants colours. */
export function paint(style: Style, text: string, stream: Output): string {
  return styleText(style, text, { stream });
}

/** A line without what moves the cursor or changes colours: for texts that come from elsewhere. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is taken out
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** The text, ended with `…` when it is longer than that many characters. */
export function cut(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.length <= width) return text;
  return width < 1 ? '' : `${characters.slice(0, width - 1).join('')}…`;
}

/** Columns side by side, each as wide as its widest cell; the last one is cut at the terminal's edge. No newline at the end. */
export function table(rows: readonly (readonly Cell[])[], { stream, head, width }: TableOptions): string {
  const edge = width ?? (stream.isTTY ? stream.columns : undefined) ?? Infinity;
  const lines = rows.map((row) => row.map(readCell));
  const headLine = head?.map((text, column): ReadCell => ({
    text,
    style: 'dim',
    right: lines.length > 0 && lines.every((line) => line[column]?.right ?? true),
  }));
  const all = headLine === undefined ? lines : [headLine, ...lines];
  const columns = Math.max(0, ...all.map((line) => line.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...all.map((line) => widthOf(line[column]?.text ?? ''))),
  );
  return all.map((line) => tableLine(line, widths, edge, stream)).join('\n');
}

function widthOf(text: string): number {
  return Array.from(text).length;
}

interface ReadCell {
  readonly text: string;
  readonly style: Style | undefined;
  readonly right: boolean;
}

function readCell(cell: Cell): ReadCell {
  if (typeof cell === 'number') return { text: formatCount(cell), style: undefined, right: true };
  if (typeof cell === 'string') return { text: printable(cell), style: undefined, right: false };
  return { text: printable(cell.text), style: cell.style, right: cell.align === 'right' };
}

function tableLine(cells: readonly ReadCell[], widths: readonly number[], edge: number, stream: Output): string {
  let room = edge;
  const parts = cells.map(({ text, style, right }, column) => {
    const isLast = column === cells.length - 1;
    const shown = cut(text, Math.max(0, room));
    const padding = ' '.repeat(Math.max(0, Math.min(widths[column] ?? 0, room) - widthOf(shown)));
    room -= (widths[column] ?? 0) + BETWEEN_COLUMNS.length;
    const styled = style === undefined || shown === '' ? shown : paint(style, shown, stream);
    if (right) return padding + styled;
    return isLast ? styled : styled + padding;
  });
  return parts.join(BETWEEN_COLUMNS).trimEnd();
}

const COUNTS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const RATES = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** `1,234,567` */
export function formatCount(count: number): string {
  return COUNTS.format(count);
}

/** `1,234.5/s` */
export function formatRate(perSecond: number): string {
  return `${RATES.format(perSecond)}/s`;
}

/** `3 events`, `1 event`; the plural is the singular with an s unless another one is given. */
export function formatNumberOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

const DURATIONS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `350 ms`, `4.2 s`, `3 min 5 s`, `2 h`, `5 d 4 h`: two units at most. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${Math.floor(ms / 100) / 10} s`;
  const first = DURATIONS.findIndex(([, size]) => ms >= size);
  const [unit, size] = DURATIONS[first] ?? ['s', 1_000];
  const [nextUnit, nextSize] = DURATIONS[first + 1] ?? [unit, size];
  const whole = Math.floor(ms / size);
  const rest = Math.floor((ms % size) / nextSize);
  return rest === 0 || unit === nextUnit ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${nextUnit}`;
}

/** `4.2 s ago`. Times are ISO 8601, and Unix milliseconds. */
export function formatAgo(time: string | number, now: number): string {
  const at = typeof time === 'number' ? time : Date.parse(time);
  return Number.isNaN(at) ? 'at an unknown time' : `${formatDuration(now - at)} ago`;
}

/** `512 B`, `1.5 MiB` */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${RATES.format(bytes / 1024 ** power)} ${units[power]}`;
}

/** How often a progress line is printed where it cannot be overwritten, milliseconds. */
const PROGRESS_EVERY_MS = 5_000;

/** A line that says how far something is: overwritten on a terminal, printed now and then elsewhere. */
export class ProgressLine {
  readonly #stream: Output;
  readonly #now: () => number;
  #printedAt = -Infinity;
  #isOpen = false;

  constructor(stream: Output, now: () => number = Date.now) {
    this.#stream = stream;
    this.#now = now;
  }

  update(text: string): void {
    const line = cut(printable(text), (this.#stream.columns ?? Infinity) - 1);
    if (this.#stream.isTTY) {
      this.#stream.write(`\r${line}\u001b[K`);
      this.#isOpen = true;
    } else if (this.#now() - this.#printedAt >= PROGRESS_EVERY_MS) {
      this.#printedAt = this.#now();
      this.#stream.write(`${line}\n`);
    }
  }

  /** Takes the line away, so that something else can be printed. */
  clear(): void {
    if (this.#isOpen) this.#stream.write('\r\u001b[K');
    this.#isOpen = false;
  }
}
