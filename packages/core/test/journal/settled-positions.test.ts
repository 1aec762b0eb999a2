import { describe, expect, test } from 'vitest';
import { SettledPositions } from '../../src/journal/settled-positions.js';
import { integers, seededRandom } from '../random.js';

type Range = [first: number, last: number];

describe('settling', () => {
  test.each<{ name: string; add: Range[]; below: number; ranges: Range[]; end: number }>([
    { name: 'nothing', add: [], below: 1, ranges: [], end: 1 },
    { name: 'the front', add: [[1, 3]], below: 4, ranges: [], end: 4 },
    { name: 'behind the front', add: [[3, 4]], below: 1, ranges: [[3, 4]], end: 5 },
    {
      name: 'two apart stay two',
      add: [
        [7, 8],
        [3, 4],
      ],
      below: 1,
      ranges: [
        [3, 4],
        [7, 8],
      ],
      end: 9,
    },
    {
      name: 'neighbours become one',
      add: [
        [3, 4],
        [5, 6],
      ],
      below: 1,
      ranges: [[3, 6]],
      end: 7,
    },
    {
      name: 'neighbours in reverse',
      add: [
        [5, 6],
        [3, 4],
      ],
      below: 1,
      ranges: [[3, 6]],
      end: 7,
    },
    {
      name: 'what lies between joins both',
      add: [
        [3, 4],
        [7, 8],
        [5, 6],
      ],
      below: 1,
      ranges: [[3, 8]],
      end: 9,
    },
    {
      name: 'overlapping ones',
      add: [
        [3, 6],
        [5, 9],
        [2, 3],
      ],
      below: 1,
      ranges: [[2, 9]],
      end: 10,
    },
    {
      name: 'one that covers several',
      add: [
        [3, 3],
        [5, 5],
        [7, 7],
        [2, 8],
      ],
      below: 1,
      ranges: [[2, 8]],
      end: 9,
    },
    {
      name: 'the gap at the front is closed',
      add: [
        [3, 4],
        [6, 6],
        [1, 2],
      ],
      below: 5,
      ranges: [[6, 6]],
      end: 7,
    },
    {
      name: 'the front swallows several',
      add: [
        [3, 4],
        [6, 6],
        [1, 5],
      ],
      below: 7,
      ranges: [],
      end: 7,
    },
    {
      name: 'a front that ends inside a range',
      add: [
        [4, 9],
        [1, 6],
      ],
      below: 10,
      ranges: [],
      end: 10,
    },
    {
      name: 'twice the same',
      add: [
        [1, 3],
        [5, 6],
        [5, 6],
        [2, 2],
        [1, 3],
      ],
      below: 4,
      ranges: [[5, 6]],
      end: 7,
    },
  ])('$name', ({ add, below, ranges, end }) => {
    const settled = new SettledPositions();
    for (const [first, last] of add) settled.add(first, last);
    expect({ below: settled.below, ranges: settled.ranges, end: settled.end }).toEqual({ below, ranges, end });
  });

  test('what was stored is found again: below and ranges make the same positions', () => {
    const settled = new SettledPositions(5, [
      [9, 10],
      [5, 6],
      [12, 12],
    ]);
    expect(settled.below).toBe(7);
    expect(settled.ranges).toEqual([
      [9, 10],
      [12, 12],
    ]);
  });
});

describe('asking', () => {
  // 1 2 3 settled, 4 5 not, 6 7 settled, 8 not, 9 settled
  const settled = new SettledPositions(4, [
    [6, 7],
    [9, 9],
  ]);

  test.each([
    [1, true, 4],
    [3, true, 4],
    [4, false, 4],
    [5, false, 5],
    [6, true, 8],
    [7, true, 8],
    [8, false, 8],
    [9, true, 10],
    [10, false, 10],
    [99, false, 99],
  ])('position %i: settled %s, the next unsettled one is %i', (position, has, next) => {
    expect(settled.has(position)).toBe(has);
    expect(settled.nextUnsettled(position)).toBe(next);
  });

  test.each<[first: number, last: number, covers: boolean]>([
    [1, 3, true],
    [3, 4, false],
    [6, 7, true],
    [5, 7, false],
    [6, 8, false],
    [7, 9, false],
    [9, 9, true],
    [10, 11, false],
  ])('covers %i to %i: %s', (first, last, covers) => {
    expect(settled.covers(first, last)).toBe(covers);
  });

  test.each([
    [9, 3],
    [10, 4],
    [12, 6],
  ])('up to the head %i there are %i unsettled', (head, count) => {
    expect(settled.countUnsettled(head)).toBe(count);
  });
});

test.each(Array.from({ length: 20 }, (_, seed) => seed))('seed %i: it says the same as a set of positions', (seed) => {
  const between = integers(seededRandom(seed));
  const start = between(1, 5);
  const settled = new SettledPositions(start);
  const model = new Set(Array.from({ length: start - 1 }, (_, index) => index + 1));
  const most = 80;
  for (let step = 0; step < 200; step++) {
    const first = between(1, most);
    const last = Math.min(most, first + between(0, 4));
    settled.add(first, last);
    for (let position = first; position <= last; position++) model.add(position);
    expect(readAll(settled, most)).toEqual(readModel(model, most));
    expectTidy(settled);
  }
});

function readAll(settled: SettledPositions, most: number) {
  const positions = Array.from({ length: most + 3 }, (_, index) => index + 1);
  return {
    below: settled.below,
    end: settled.end,
    has: positions.filter((position) => settled.has(position)),
    next: positions.map((position) => settled.nextUnsettled(position)),
    unsettled: settled.countUnsettled(most),
    covers: positions.map((position) => settled.covers(position, position + 2)),
  };
}

function readModel(model: ReadonlySet<number>, most: number) {
  const positions = Array.from({ length: most + 3 }, (_, index) => index + 1);
  const nextUnsettled = (from: number): number => {
    let position = from;
    while (model.has(position)) position++;
    return position;
  };
  return {
    below: nextUnsettled(1),
    end: Math.max(0, ...model) + 1,
    has: positions.filter((position) => model.has(position)),
    next: positions.map((position) => nextUnsettled(position)),
    unsettled: positions.filter((position) => position <= most && !model.has(position)).length,
    covers: positions.map((position) => [0, 1, 2].every((step) => model.has(position + step))),
  };
}

/** Ranges ascend, are apart from one another by at least one position, and lie above `below`. */
function expectTidy(settled: SettledPositions): void {
  let before = settled.below;
  for (const [first, last] of settled.ranges) {
    expect(first).toBeGreaterThan(before);
    expect(last).toBeGreaterThanOrEqual(first);
    before = last + 1;
  }
}
