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

/** How many events each cursor was moved past because the journal was full. */
export type Overrun = Readonly<Record<string, number>>;

/**
 * What the script says of an operation, by its number: what it asks for, before it does so; that the journal is about to end
 * the operation's transaction; that the promise has resolved, or that the journal was closed first. `overrun` is what it is when
 * the mark is made: before the transaction, and after all there were until then.
 */
export type Mark =
  | { readonly asked: number; readonly operation: Operation }
  | { readonly writes: number; readonly overrun: Overrun }
  | { readonly done: number; readonly overrun: Overrun }
  | { readonly refused: number };

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
