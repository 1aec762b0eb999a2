import { SettledPositions, type Gap, type OpenBatch } from '@grantex/core';
import type { Operation } from './operation.ts';

interface ExpectedCursor {
  readonly settled: SettledPositions;
  readonly open: ReadonlyMap<number, OpenBatch>;
}

/** A dead letter, as far as the script decides about it: an event's position, or a frame's text. */
export type ExpectedLetter = { readonly destination: string; readonly position: number } | { readonly frame: string };

/** What has to be in a journal after some of the script's operations. */
export interface Account {
  readonly head: number;
  readonly heardUntil: number | undefined;
  readonly cursors: ReadonlyMap<string, ExpectedCursor>;
  readonly letters: ReadonlyMap<number, ExpectedLetter>;
  readonly lastLetter: number;
  readonly gaps: readonly Gap[];
}

export const EMPTY: Account = {
  head: 0,
  heardUntil: undefined,
  cursors: new Map(),
  letters: new Map(),
  lastLetter: 0,
  gaps: [],
};

export function afterOperation(account: Account, operation: Operation): Account {
  switch (operation.kind) {
    case 'append':
      // Another order than that in which they were asked for would be a wrong head, and other events at these positions.
      return {
        ...account,
        head: account.head + operation.last - operation.first + 1,
        heardUntil: operation.heardUntil,
      };
    case 'heard':
      return { ...account, heardUntil: operation.heardUntil };
    case 'cursor': {
      if (account.cursors.has(operation.cursor)) return account;
      const cursor: ExpectedCursor = { settled: new SettledPositions(), open: new Map() };
      return { ...account, cursors: new Map(account.cursors).set(operation.cursor, cursor) };
    }
    case 'commit':
      return afterCommit(account, operation);
    case 'frame':
      return withLetters(account, [{ frame: operation.text }]);
    case 'remove': {
      const letters = [...account.letters].filter(([number]) => !operation.numbers.includes(number));
      return { ...account, letters: new Map(letters) };
    }
    case 'gap':
      return { ...account, gaps: [...account.gaps, operation.gap] };
    case 'reopen':
      return account;
  }
}

function afterCommit(account: Account, commit: Extract<Operation, { kind: 'commit' }>): Account {
  const before = account.cursors.get(commit.cursor);
  if (before === undefined) throw new Error(`the script commits to ${commit.cursor}, which it never opened`);
  const settled = before.settled.copy();
  for (const [first, last] of commit.settled) settled.add(first, last);
  const open = new Map(before.open);
  if (commit.open !== undefined) open.set(commit.open.id, commit.open);
  if (commit.close !== undefined) open.delete(commit.close);
  const cursors = new Map(account.cursors).set(commit.cursor, { settled, open });
  const letters = (commit.givenUp ?? []).map((position) => ({ destination: commit.cursor, position }));
  return withLetters({ ...account, cursors }, letters);
}

function withLetters(account: Account, added: readonly ExpectedLetter[]): Account {
  const letters = new Map(account.letters);
  let { lastLetter } = account;
  for (const letter of added) letters.set(++lastLetter, letter);
  return { ...account, letters, lastLetter };
}
