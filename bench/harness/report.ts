import { median, spread } from './statistics.ts';

/** What a benchmark hands back. */
export interface Report {
  readonly tables: readonly Table[];
  /** What the issue asks for, and what came out. */
  readonly aims: readonly Aim[];
  /** Compared with the stored ones by `--check`. */
  readonly ratios: readonly Ratio[];
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Aim {
  readonly what: string;
  readonly figure: number;
  readonly aim: string;
  readonly isMet: boolean;
}

export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly better: 'lower' | 'higher';
}

export function atMost(what: string, figure: number, limit: number): Aim {
  return { what, figure, aim: `≤ ${round(limit)}`, isMet: figure <= limit };
}

export function atLeast(what: string, figure: number, limit: number): Aim {
  return { what, figure, aim: `≥ ${round(limit)}`, isMet: figure >= limit };
}

/** The median, and from where to where the rounds went. */
export function withSpread(numbers: readonly number[]): string {
  const [least, most] = spread(numbers);
  return `${round(median(numbers))} (${round(least)} to ${round(most)})`;
}

/** Three digits that mean something, thousands with commas. */
export function round(number: number): string {
  if (!Number.isFinite(number)) return String(number);
  if (Math.abs(number) >= 100) return Math.round(number).toLocaleString('en');
  return String(Number(number.toPrecision(3)));
}

export function toMarkdown(name: string, { tables, aims }: Report): string {
  const parts = [`## ${name}`, ...tables.map(tableToMarkdown)];
  if (aims.length > 0) {
    const rows = aims.map(({ what, figure, aim, isMet }) => [what, round(figure), aim, isMet ? 'met' : '**missed**']);
    parts.push(tableToMarkdown({ title: 'Aims', head: ['what', 'figure', 'aim', ''], rows }));
  }
  return `${parts.join('\n\n')}\n`;
}

function tableToMarkdown({ title, head, rows }: Table): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [`**${title}**`, '', ...lines].join('\n');
}
