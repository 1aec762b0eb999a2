import * as fc from 'fast-check';
import type { PositionRange } from '../../src/journal/journal.js';

/** Beyond this position nothing is settled in these tests. */
export const LAST = 40;

/** A few neighbours, or a stretch that swallows much of what there is. */
export const range: fc.Arbitrary<PositionRange> = fc
  .tuple(fc.integer({ min: 1, max: LAST }), fc.oneof(fc.nat(3), fc.nat(LAST)))
  .map(([first, more]) => [first, Math.min(LAST, first + more)]);

/** Changes that overlap, repeat and come in any order. */
export const ranges = fc.array(range, { maxLength: 30, size: 'max' });

/** What may be done to a cursor. Numbers are taken modulo what there is at that moment. */
export type CursorStep =
  | { readonly kind: 'append'; readonly count: number }
  | { readonly kind: 'read'; readonly count: number }
  /** Settles, of the events that are in the reader's hands and in no batch, those at these places. */
  | { readonly kind: 'settle'; readonly picks: readonly number[] }
  /** Opens a batch of such events. */
  | { readonly kind: 'open'; readonly picks: readonly number[]; readonly state: string }
  /** Settles the events of an open batch, or some of them, and closes it. */
  | { readonly kind: 'close'; readonly pick: number; readonly isSettled: boolean }
  /** The reader goes, and another one comes. */
  | { readonly kind: 'reopen' };

const picks = fc.array(fc.nat(), { minLength: 1, maxLength: 6 });

const step: fc.Arbitrary<CursorStep> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), count: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('settle' as const), picks }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('open' as const), picks, state: fc.string({ maxLength: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('close' as const), pick: fc.nat(), isSettled: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
);

export const cursorSteps = fc.array(step, { maxLength: 50, size: 'max' });
