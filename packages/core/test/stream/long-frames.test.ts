import { describe, expect, test } from 'vitest';
import { SseFrames } from '../../src/stream/sse-frames.js';
import { integers, seededRandom } from '../random.js';
import { cut, LINE_ENDS, read } from './frames.js';

const MIB = 1_048_576;
/** As the network brings it. */
const PIECE = 65_536;

/** A frame whose data has so many bytes, in one line or in several. */
function frame(bytes: number, end: string, { lines = 1, filling = 'x' } = {}): string {
  const line = filling.repeat(Math.floor((bytes - lines + 1) / lines / filling.length));
  const rest = bytes - lines + 1 - lines * line.length;
  return `${`data: ${line}${end}`.repeat(lines - 1)}data: ${line}${'y'.repeat(rest)}${end}${end}`;
}

describe.each(LINE_ENDS)('line ends $name', ({ end }) => {
  const before = `data: before${end}${end}`;
  const after = `data: after${end}${end}data: and after${end}${end}`;

  test.each([{ lines: 1 }, { lines: 1_000 }])('a frame of exactly 8 MiB in $lines line(s) is read', ({ lines }) => {
    const stream = Buffer.from(`${before}${frame(8 * MIB, end, { lines })}${after}`);
    const seen = read(cut(stream, PIECE));
    expect(seen.frames.map(({ length }) => length)).toEqual([6, 8 * MIB, 5, 9]);
    expect(seen.oversize).toEqual([]);
  });

  test.each([{ lines: 1 }, { lines: 1_000 }])(
    '10 MB in $lines line(s): told, and the neighbours arrive',
    ({ lines }) => {
      const long = frame(10_000_000, end, { lines });
      const stream = Buffer.from(`${before}${long}${after}`);
      const between = integers(seededRandom(lines));
      const cuts = [PIECE, stream.length, 1_000, () => between(1, 200_000), () => between(1, 1_000_000)];
      for (const size of cuts) {
        const seen = read(cut(stream, size));
        expect(seen.frames).toEqual(['before', 'after', 'and after']);
        expect(seen.oversize).toHaveLength(1);
        const [head = ''] = seen.oversize;
        expect(head.length).toBeLessThanOrEqual(65_536);
        expect(head.length).toBeGreaterThanOrEqual(1_000);
        expect(long.startsWith(head)).toBe(true);
      }
    },
  );

  test('where the long frame and its neighbours meet, any cut will do', () => {
    const stream = Buffer.from(`${before}${frame(9_000_000, end, { lines: 3 })}${after}`);
    const [start, stop] = [before.length, stream.length - after.length];
    for (let offset = -4; offset <= 4; offset++) {
      const chunks = [
        stream.subarray(0, start + offset),
        stream.subarray(start + offset, stop + offset),
        stream.subarray(stop + offset),
      ];
      const seen = read(chunks);
      expect(seen.frames).toEqual(['before', 'after', 'and after']);
      expect(seen.oversize[0]?.startsWith('data: xxx')).toBe(true);
    }
  });

  test('two long frames, one right after the other, are told both', () => {
    const stream = Buffer.from(`${frame(9_000_000, end)}${frame(9_000_000, end, { filling: 'z' })}${after}`);
    const seen = read(cut(stream, PIECE));
    expect(seen.oversize.map((head) => head.slice(0, 8))).toEqual(['data: xx', 'data: zz']);
    expect(seen.frames).toEqual(['after', 'and after']);
  });
});

test('many frames that together are long are all read', () => {
  const stream = Buffer.from(frame(3 * MIB, '\n').repeat(10));
  expect(read([stream]).frames).toHaveLength(10);
  expect(read(cut(stream, 10_000_000)).frames).toHaveLength(10);
});

test('a frame is measured from its own beginning, not from that of the stream', () => {
  const stream = Buffer.from(`${': keepalive\n\n'.repeat(1_000_000)}${frame(8 * MIB, '\n')}`);
  expect(read(cut(stream, PIECE)).frames.map(({ length }) => length)).toEqual([8 * MIB]);
});

test.each([
  { name: 'one line', beginning: 'data: ', filling: 'x'.repeat(PIECE) },
  { name: 'many lines', beginning: '', filling: `data: ${'x'.repeat(1_018)}\n`.repeat(64) },
  { name: 'short lines', beginning: '', filling: 'data\n'.repeat(13_000) },
  { name: 'one comment', beginning: ': ', filling: 'x'.repeat(PIECE) },
  { name: 'one id', beginning: 'id: ', filling: 'x'.repeat(PIECE) },
])(
  'a frame without end ($name) takes no memory but for its first 8 MiB, and is told once',
  ({ beginning, filling }) => {
    let told = 0;
    const frames = new SseFrames({ onFrame: () => {}, onOversize: () => told++, onId: () => {} });
    frames.feed(Buffer.from(beginning));
    const chunk = Buffer.from(filling);
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    for (let fed = 0; fed < 200_000_000; fed += chunk.length) {
      frames.feed(chunk);
      if (fed % 8_000_000 < chunk.length) most = Math.max(most, process.memoryUsage().heapUsed - before);
    }
    expect(told).toBe(1);
    expect(most).toBeLessThan(120_000_000);
  },
);
