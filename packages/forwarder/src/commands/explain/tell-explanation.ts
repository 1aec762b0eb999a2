import { paint, printable, type Output, type Style } from '../terminal.js';
import type { Explanation, Fate, FateState, SourceExplanation } from './explanation.js';

const WORDS: Readonly<Record<FateState, readonly [string, Style]>> = {
  delivered: ['delivered', 'green'],
  settled: ['settled', 'yellow'],
  waiting: ['waiting', 'yellow'],
  in_open_batch: ['being sent', 'yellow'],
  dead_letter: ['dead letter', 'red'],
  filtered: ['filtered out', 'dim'],
  overrun: ['overrun', 'red'],
  passed_over: ['passed over', 'dim'],
  not_for_it: ['not for it', 'dim'],
  not_begun: ['not begun', 'dim'],
  off: ['off', 'dim'],
};

/** An explanation for people. */
export function tellExplanation({ event_id: id, sources }: Explanation, stream: Output): string {
  const title = paint('bold', printable(id), stream);
  return [title, ...sources.map((source) => tellSource(source, stream))].join('\n');
}

function tellSource(source: SourceExplanation, stream: Output): string {
  const { state, position, received_at: receivedAt, type, reasons, destinations } = source;
  const facts: string[] = [];
  if (state === 'unknown') facts.push('not known here');
  else if (receivedAt !== null) facts.push(`received ${receivedAt}`);
  if (position !== null) facts.push(`position ${position}`);
  if (type !== null) facts.push(type);
  if (state === 'damaged') facts.push('its text is damaged');
  const lines = [`${source.source}: ${facts.join(', ')}`, ...reasons.map(({ text }) => text)];
  const widest = Math.max(0, ...destinations.map(({ destination }) => printable(destination).length));
  return [
    ...lines.map((line, index) => `${index === 0 ? '' : '  '}${printable(line)}`),
    ...destinations.flatMap((fate) => tellFate(fate, widest, stream)),
  ].join('\n');
}

/** A line, and one for each request when there were several. */
function tellFate({ destination, state, text, requests }: Fate, widest: number, stream: Output): readonly string[] {
  const [word, style] = WORDS[state];
  const name = printable(destination).padEnd(widest);
  const line = `  ${name}  ${paint(style, word.padEnd(12), stream)}  ${printable(text)}`;
  if (requests.length < 2) return [line];
  const indent = ' '.repeat(widest + 18);
  return [
    line,
    ...requests.map(({ at, attempts, status_code: status }) => {
      return `${indent}${at}, ${attempts === 1 ? '1 attempt' : `${attempts} attempts`}, status ${status ?? 'unknown'}`;
    }),
  ];
}
