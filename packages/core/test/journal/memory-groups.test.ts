import { expect, test } from 'vitest';
import { EventRecord } from '../../src/index.js';
import { MemoryGroups } from '../../src/journal/memory-groups.js';
import { parseEvent } from '../../src/events.js';
import { integers, seededRandom } from '../random.js';
import { idsOf, RECORD_BYTES, records } from './records.js';

/** A group for each size, filled in order from position 1. */
function groupsOf(...sizes: number[]): MemoryGroups {
  const groups = new MemoryGroups();
  for (const size of sizes) {
    const group = records(size, groups.head + 1);
    groups.append(group, MemoryGroups.bytesOf(group));
  }
  return groups;
}

test('positions are handed out from 1, one after the other, over all groups', () => {
  const groups = new MemoryGroups();
  const [first, second] = [records(3), records(2, 4)];
  groups.append(first, 3_000);
  groups.append(second, 2_000);
  expect([...first, ...second].map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
  expect({ head: groups.head, oldest: groups.oldest, size: groups.size, bytes: groups.bytes }).toEqual({
    head: 5,
    oldest: 1,
    size: 5,
    bytes: 5_000,
  });
});

test('an event counts as the characters of its text and 256', () => {
  expect(MemoryGroups.bytesOf([new EventRecord('a', '12345'), new EventRecord('b', 'ü')])).toBe(5 + 1 + 2 * 256);
  expect(MemoryGroups.bytesOf(records(3))).toBe(3 * RECORD_BYTES);
});

test('an empty journal holds nothing, and the oldest is what comes next', () => {
  const groups = new MemoryGroups();
  groups.append([], 0);
  expect({ head: groups.head, oldest: groups.oldest, size: groups.size }).toEqual({ head: 0, oldest: 1, size: 0 });
  expect(groups.groupAt(1)).toBeUndefined();
});

test('a position is found in its group; where that is missing, the next group is', () => {
  const groups = groupsOf(3, 2, 4);
  groups.dropWhere(
    ({ first }) => first === 4,
    () => false,
  );
  const found = [1, 3, 4, 5, 6, 9].map((position) => groups.groupAt(position)?.first);
  expect(found).toEqual([1, 1, 6, 6, 6, 6]);
  expect(groups.groupAt(10)).toBeUndefined();
});

test('dropBelow lets go of whole groups only', () => {
  const groups = groupsOf(3, 2, 4);
  groups.dropBelow(3);
  expect([groups.oldest, groups.size, groups.bytes]).toEqual([1, 9, 9_000]);
  groups.dropBelow(5);
  expect([groups.oldest, groups.size, groups.bytes]).toEqual([4, 6, 6_000]);
  groups.dropBelow(100);
  expect([groups.oldest, groups.size, groups.bytes, groups.head]).toEqual([10, 0, 0, 9]);
});

test('after everything was dropped, positions go on', () => {
  const groups = groupsOf(3);
  groups.dropBelow(4);
  groups.append(records(1, 4), 1_000);
  expect(groups.groupAt(1)?.records[0]?.id).toBe('e4');
  expect(groups.head).toBe(4);
});

test('dropWhere goes from the oldest on and stops when enough is freed', () => {
  const groups = groupsOf(1, 1, 1, 1, 1);
  const visited: number[] = [];
  groups.dropWhere(
    ({ first }) => {
      visited.push(first);
      return first !== 2;
    },
    (freed) => freed >= 2_000,
  );
  expect(visited).toEqual([1, 2, 3]);
  expect([groups.groupAt(1)?.first, groups.groupAt(3)?.first]).toEqual([2, 4]);
  expect([groups.size, groups.bytes]).toEqual([3, 3_000]);
});

test('thousands of dropped groups leave nothing behind, and the rest is found', () => {
  const groups = new MemoryGroups();
  for (let position = 1; position <= 10_000; position++) {
    groups.append(records(1, position), 1_000);
    groups.dropBelow(position - 2);
    expect(groups.size).toBeLessThanOrEqual(3);
  }
  expect(groups.groupAt(1)?.first).toBe(9_998);
  expect(groups.groupAt(10_000)?.records[0]?.id).toBe('e10000');
});

test('parsed events are let go far behind the head, and can be read all the same', () => {
  const groups = new MemoryGroups();
  const parsed = records(20_000).map(({ id, text }) => {
    const result = parseEvent(text);
    return new EventRecord(id, text, 'event' in result ? result.event : undefined);
  });
  const originals = parsed.map(({ event }) => event);
  for (let start = 0; start < parsed.length; start += 100) groups.append(parsed.slice(start, start + 100), 100_000);
  const isKept = parsed.map(({ event }, index) => event === originals[index]);
  // Of 20 MB only something like the newest 8 MiB keeps its parsed form.
  expect(isKept.slice(0, 11_000)).not.toContain(true);
  expect(isKept.slice(-8_000)).not.toContain(false);
  expect(parsed.map(({ event }) => event)).toEqual(originals);
});

test.each(Array.from({ length: 10 }, (_, seed) => seed))('seed %i: it says the same as a list of groups', (seed) => {
  const between = integers(seededRandom(seed));
  const groups = new MemoryGroups();
  let model: { first: number; last: number; ids: string[] }[] = [];
  let head = 0;
  for (let step = 0; step < 300; step++) {
    const chance = between(1, 10);
    if (chance <= 7) {
      const group = records(between(1, 5), head + 1);
      groups.append(group, MemoryGroups.bytesOf(group));
      model.push({ first: head + 1, last: head + group.length, ids: idsOf(group) });
      head += group.length;
    } else if (chance <= 9) {
      const below = between(Math.max(1, head - 30), head + 1);
      groups.dropBelow(below);
      model = model.filter(({ last }) => last >= below);
    } else {
      const rest = between(2, 5);
      groups.dropWhere(
        ({ first }) => first % rest === 0,
        () => false,
      );
      model = model.filter(({ first }) => first % rest !== 0);
    }
    const size = model.reduce((sum, group) => sum + group.ids.length, 0);
    expect([groups.size, groups.bytes, groups.head]).toEqual([size, size * RECORD_BYTES, head]);
    expect(groups.oldest).toBe(model[0]?.first ?? head + 1);
    const wanted = between(1, head + 1);
    const found = groups.groupAt(wanted);
    expect(found && idsOf(found.records)).toEqual(model.find(({ last }) => last >= wanted)?.ids);
  }
});
