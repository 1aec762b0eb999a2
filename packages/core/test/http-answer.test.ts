import { excerpt, retryAfterMs } from '@grantex/core';
import { describe, expect, test } from 'vitest';

const NOW = Date.UTC(2026, 2, 1, 12);
const DAY_MS = 86_400_000;

describe('Retry-After', () => {
  test.each<{ header: string | string[] | undefined; ms: number | undefined }>([
    { header: '0', ms: 0 },
    { header: '1', ms: 1_000 },
    { header: '120', ms: 120_000 },
    { header: '86400', ms: DAY_MS },
    { header: '86401', ms: DAY_MS },
    { header: '99999999999999999999', ms: DAY_MS },
    { header: '9'.repeat(400), ms: DAY_MS },
    { header: 'Sun, 01 Mar 2026 12:00:30 GMT', ms: 30_000 },
    { header: 'Sunday, 01-Mar-26 12:01:00 GMT', ms: 60_000 },
    { header: 'Sun, 01 Mar 2026 11:00:00 GMT', ms: 0 },
    { header: 'Mon, 01 Mar 2027 12:00:00 GMT', ms: DAY_MS },
    { header: ['5', '7'], ms: 5_000 },
    { header: undefined, ms: undefined },
    { header: '', ms: undefined },
    { header: [], ms: undefined },
    { header: 'soon', ms: undefined },
    { header: '-5', ms: undefined },
    { header: '1.5', ms: undefined },
    { header: '0x10', ms: undefined },
    { header: '10 s', ms: undefined },
    { header: '1,2', ms: undefined },
  ])('$header: $ms ms', ({ header, ms }) => {
    expect(retryAfterMs({ headers: { 'retry-after': header } }, NOW)).toBe(ms);
  });

  test('without the header there is none', () => {
    expect(retryAfterMs({ headers: {} }, NOW)).toBeUndefined();
  });
});

describe('an excerpt', () => {
  test.each([
    ['', ''],
    ['plain', 'plain'],
    ['  two\r\n  lines\t', 'two lines'],
    ['<html><head><title>502 Bad Gateway</title></head>\n<body><h1>nginx</h1></body></html>', '502 Bad Gateway nginx'],
    ['<title>413 Too Large</title><h1>413 Too Large</h1><hr>nginx', '413 Too Large nginx'],
    ['no no no', 'no no'],
    ['<style>body { color: red }</style><p>Forbidden</p>', 'Forbidden'],
    ['<script type="x">alert("<p>")</script>No', 'No'],
    ['{"errors":[{"detail":"a < b"}]}', '{"errors":[{"detail":"a < b"}]}'],
  ])('of %j is %j', (text, expected) => {
    expect(excerpt(text)).toBe(expected);
  });

  test('is 200 characters long at most, and says that more follows', () => {
    expect(excerpt('x'.repeat(200))).toBe('x'.repeat(200));
    expect(excerpt('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
  });

  test.each(['<', '<style>', '<script ', '< style', '\n', ' <'])('of 64 KiB of %j costs no time', (part) => {
    const text = part.repeat(65_536 / part.length);
    const begin = performance.now();
    excerpt(text);
    expect(performance.now() - begin).toBeLessThan(100);
  });
});
