import { createHash } from 'node:crypto';
import type { BatchItem, GrantexEvent } from '@grantex/core';
import { expect, test } from 'vitest';
import { compressionOf, objectKey, prefixOf, type KeyOptions } from '../src/key.js';

const OPTIONS: KeyOptions = { prefix: 'grantex-events/', partitionBy: 'day', compression: 'gzip' };

function items(...ids: string[]): BatchItem<string>[] {
  return ids.map((id, index) => {
    const event = { id, type: 'grant.created', createdAt: '2026-03-01T12:00:00Z', data: {} } as unknown as GrantexEvent;
    const text = JSON.stringify(event);
    return { position: index + 1, partition: 'dt=2026-03-01/', event, text, record: text, bytes: text.length };
  });
}

function digest(batch: readonly BatchItem<string>[]): string {
  const content = batch.map(({ record }) => `${record}\n`).join('');
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}

test('first and last id, how many, and the SHA-256 of the content', () => {
  const batch = items('evt_01JXYZA', 'evt_01JXYZB', 'evt_01JXYZC');
  expect(objectKey(batch, OPTIONS)).toBe(
    `grantex-events/dt=2026-03-01/grantex-evt_01JXYZA-evt_01JXYZC-3-${digest(batch)}.ndjson.gz`,
  );
});

test.each([
  [{ prefix: '' }, /^dt=2026-03-01\/grantex-evt_1-evt_2-2-[0-9a-f]{32}\.ndjson\.gz$/],
  [{ prefix: 'logs/auth/' }, /^logs\/auth\/dt=2026-03-01\/grantex-/],
  [{ partitionBy: 'hour' }, /^grantex-events\/dt=2026-03-01\/hour=12\/grantex-/],
  [{ compression: 'zstd' }, /\.ndjson\.zst$/],
  [{ compression: 'none' }, /[0-9a-f]{32}\.ndjson$/],
] as const)('%j', (options, key) => {
  expect(objectKey(items('evt_1', 'evt_2'), { ...OPTIONS, ...options })).toMatch(key);
});

test('other events have another key, whatever first, last and count say', () => {
  const keys = [
    items('evt_1', 'evt_2', 'evt_4'),
    items('evt_1', 'evt_3', 'evt_4'),
    items('evt_1', 'evt_3', 'evt_4').map((item, index) => (index === 1 ? { ...item, record: '{"id":"evt_3"}' } : item)),
  ].map((batch) => objectKey(batch, OPTIONS));
  expect(new Set(keys).size).toBe(3);
});

test('the keys of a day sort by time, because ids do', () => {
  const keys = ['evt_01JA', 'evt_01JB', 'evt_01KA'].map((id) => objectKey(items(id), OPTIONS));
  expect(keys.toSorted()).toEqual(keys);
});

test('ids of another form: short, without folders, and still apart', () => {
  const [slashes, spaces] = ['a/../b c', 'a/../b/c'].map((id) => objectKey(items(id), OPTIONS));
  expect(slashes).toMatch(/^grantex-events\/dt=2026-03-01\/grantex-a_\.\._b_c-a_\.\._b_c-1-[0-9a-f]{32}\.ndjson\.gz$/);
  expect(spaces).not.toBe(slashes);
  const long = objectKey(items('ä'.repeat(500)), { ...OPTIONS, partitionBy: 'hour', prefix: `${'p'.repeat(600)}/` });
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(1_024);
  expect(long.split('/').at(-1)?.length).toBeLessThanOrEqual(255);
});

test.each(['gzip', 'zstd', 'none'] as const)('a key says how its object is compressed: %s', (compression) => {
  expect(compressionOf(objectKey(items('evt_1'), { ...OPTIONS, compression }))).toBe(compression);
});

test.each(['', 'grantex-events/', 'dt=old/logs/'])('a key says what it begins with: %j', (prefix) => {
  for (const partitionBy of ['day', 'hour'] as const) {
    expect(prefixOf(objectKey(items('evt_1'), { ...OPTIONS, prefix, partitionBy }))).toBe(prefix);
  }
});
