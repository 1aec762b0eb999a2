import type { Gap, OpenBatch, PositionRange } from '@grantex/core';

/** What the script asks of the journal. The event at position 7 has the id `e7`. */
export type Operation =
  | { readonly kind: 'append'; readonly first: number; readonly last: number; readonly heardUntil: number }
  | { readonly kind: 'heard'; readonly heardUntil: number }
  | { readonly kind: 'cursor'; readonly cursor: string }
  | ({ readonly kind: 'commit' } & Commit)
  | { readonly kind: 'frame'; readonly text: string }
  | { readonly kind: 'remove'; readonly numbers: readonly number[] }
  | { readonly kind: 'gap'; readonly gap: Gap }
  | { readonly kind: 'reopen' };

export interface Commit {
  readonly cursor: string;
  readonly settled: readonly PositionRange[];
  /** Positions among `settled` that are given up. */
  readonly givenUp?: readonly number[];
  readonly open?: OpenBatch;
  readonly close?: number;
}

/**
 * The script says what it asks for before it does so, and that it is done when the journal's promise has resolved; with
 * the second it says how many events each cursor was moved past because the journal was full.
 */
export type Mark =
  | { readonly asked: Operation }
  | { readonly done: true; readonly overrun: Readonly<Record<string, number>> };

/** In front of a mark, so that it is known among the other things that a process writes. */
const MARK = '@power-cut ';

export function encodeMark(mark: Mark): string {
  return `${MARK}${JSON.stringify(mark)}\n`;
}

/** Undefined when the bytes are something else. */
export function decodeMark(bytes: Buffer): Mark | undefined {
  const text = bytes.toString();
  return text.startsWith(MARK) ? (JSON.parse(text.slice(MARK.length)) as Mark) : undefined;
}

/** Whether the journal promises that a power cut does not undo it once it has resolved. */
export function isPromised(operation: Operation): boolean {
  switch (operation.kind) {
    case 'heard':
    case 'reopen':
      return false;
    case 'commit':
      return operation.open !== undefined || (operation.givenUp ?? []).length > 0;
    case 'append':
    case 'cursor':
    case 'frame':
    case 'remove':
    case 'gap':
      return true;
  }
}
