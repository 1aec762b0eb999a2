import type { PositionRange, SettledPositions } from '@grantex/core';

/** The positions up to `head` that are settled everywhere, as ranges in order. Without anybody: all. */
export function settledByAll(
  everybody: readonly Pick<SettledPositions, 'below' | 'ranges'>[],
  head: number,
): readonly PositionRange[] {
  let common: readonly PositionRange[] = head > 0 ? [[1, head]] : [];
  for (const { below, ranges } of everybody) common = intersect(common, [[1, below - 1], ...ranges]);
  return common;
}

function intersect(one: readonly PositionRange[], other: readonly PositionRange[]): PositionRange[] {
  const common: PositionRange[] = [];
  for (let left = 0, right = 0; ;) {
    const [a, b] = [one[left], other[right]];
    if (a === undefined || b === undefined) return common;
    const [first, last] = [Math.max(a[0], b[0]), Math.min(a[1], b[1])];
    if (first <= last) common.push([first, last]);
    if (a[1] < b[1]) left++;
    else right++;
  }
}
