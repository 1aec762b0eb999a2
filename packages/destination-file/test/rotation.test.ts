import { expect, test } from 'vitest';
import { isRotationDue, rotatedPath, surplusNames } from '../src/rotation.js';

const NOON = Date.UTC(2026, 2, 1, 12);

test.each([
  ['no rotation', {}, 10 ** 12, NOON + 10 ** 10, false],
  ['it still fits', { maxFileBytes: 1_000 }, 900, NOON, false],
  ['it does not fit', { maxFileBytes: 1_000 }, 901, NOON, true],
  ['the file is empty', { maxFileBytes: 1_000, rotate: 'hour' }, 0, NOON + 10 ** 10, false],
  ['the same hour', { rotate: 'hour' }, 1, NOON + 3_599_999, false],
  ['the next hour', { rotate: 'hour' }, 1, NOON + 3_600_000, true],
  ['the same day', { rotate: 'day' }, 1, NOON + 12 * 3_600_000 - 1, false],
  ['the next day', { rotate: 'day' }, 1, NOON + 12 * 3_600_000, true],
  ['size before time', { rotate: 'day', maxFileBytes: 1_000 }, 950, NOON, true],
] as const)('a batch of 100 bytes, %s', (_what, options, size, now, due) => {
  expect(isRotationDue({ size, lastWriteAt: NOON }, 100, now, options)).toBe(due);
});

test('a renamed file bears the time of its last line', () => {
  expect(rotatedPath('/log/audit.ndjson', NOON + 5, 0)).toBe('/log/audit.ndjson.2026-03-01T120000.005Z');
  expect(rotatedPath('/log/audit.ndjson', NOON, 2)).toBe('/log/audit.ndjson.2026-03-01T120000.000Z-2');
});

test('of renamed files the oldest are too many, and nothing else is', () => {
  const rotated = [0, 1, 2, 3].map((hours) => rotatedPath('audit', NOON + hours * 3_600_000, 0));
  const second = [1, 2, 10].map((attempt) => rotatedPath('audit', NOON, attempt));
  const others = ['audit', 'audit.gz', 'audit.2026-03-01', 'audits.2026-03-01T120000.005Z', `${rotated[0]}.gz`];
  const names = [...others, ...rotated, ...second].toReversed();
  expect(surplusNames('/log/audit', names, 7)).toEqual([]);
  expect(surplusNames('/log/audit', names, 3)).toEqual([rotated[0], ...second]);
  expect(surplusNames('/log/audit', names, 100)).toEqual([]);
});
