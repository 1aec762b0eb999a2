import { describe, expect, test } from 'vitest';
import { SseFrames } from '../../src/stream/sse-frames.js';
import { integers, seededRandom } from '../random.js';
import { LINE_ENDS, read, type Seen } from './frames.js';

const EMPTY: Seen = { frames: [], oversize: [], ids: [] };

describe('the forms of the standard', () => {
  test.each<{ name: string; stream: string; frames: string[]; ids?: string[] }>([
    { name: 'one line, LF', stream: 'data: one\n\n', frames: ['one'] },
    { name: 'CRLF', stream: 'data: one\r\n\r\ndata: two\r\n\r\n', frames: ['one', 'two'] },
    { name: 'lone CR', stream: 'data: one\r\rdata: two\r\r', frames: ['one', 'two'] },
    {
      name: 'line ends of all kinds',
      stream: 'data: one\n\r\ndata: two\r\r\ndata: three\r\n\n',
      frames: ['one', 'two', 'three'],
    },
    { name: 'no space after the colon', stream: 'data:one\n\n', frames: ['one'] },
    { name: 'only the first space belongs to the form', stream: 'data:  one \n\n', frames: [' one '] },
    {
      name: 'several data lines are joined by LF',
      stream: 'data: one\ndata: two\ndata\ndata: four\n\n',
      frames: ['one\ntwo\n\nfour'],
    },
    {
      name: 'a comment and keepalives',
      stream: ': keepalive\n\n:\n\ndata: one\n: in between\n\n: keepalive\n\n',
      frames: ['one'],
    },
    { name: 'event and retry', stream: 'event: message\nretry: 1000\ndata: one\n\nretry: soon\n\n', frames: ['one'] },
    {
      name: 'ids',
      stream: 'id: 7\ndata: one\n\ndata: two\n\nid:\ndata: three\n\n',
      frames: ['one', 'two', 'three'],
      ids: ['7', ''],
    },
    { name: 'an id with NUL is none', stream: 'id: a\0b\ndata: one\n\n', frames: ['one'] },
    {
      name: 'unknown fields and fields without a colon',
      stream: 'foo: bar\nwhatever\ndata: one\nDATA: no\n data: no\n\n',
      frames: ['one'],
    },
    { name: 'a BOM at the beginning', stream: '\uFEFFdata: one\n\n', frames: ['one'] },
    { name: 'a colon in the data', stream: 'data: {"a":"b: c"}\n\n', frames: ['{"a":"b: c"}'] },
    {
      name: 'U+2028, U+2029 and U+0085 end no line',
      stream: 'data: a\u2028b\u2029c\u0085d\n\n',
      frames: ['a\u2028b\u2029c\u0085d'],
    },
    { name: 'blank lines without end', stream: '\n\n\r\n\r\rdata: one\n\n\n\n\n', frames: ['one'] },
    { name: 'data without a value is an empty frame', stream: 'data\n\ndata:\n\n', frames: ['', ''] },
    { name: 'no data, no frame', stream: 'event: ping\n\nid: 1\n\n', frames: [], ids: ['1'] },
    {
      name: 'what the end of the stream leaves unfinished is no frame',
      stream: 'data: one\n\ndata: two\n',
      frames: ['one'],
    },
  ])('$name', ({ stream, frames, ids = [] }) => {
    expect(read([stream])).toEqual({ ...EMPTY, frames, ids });
  });

  test('bytes that are no UTF-8 become U+FFFD and harm nobody', () => {
    const broken = Buffer.concat([Buffer.from('data: a'), Buffer.from([0xff, 0xc3]), Buffer.from('b\n\ndata: c\n\n')]);
    expect(read([broken]).frames).toEqual(['a\uFFFD\uFFFDb', 'c']);
  });
});

describe('however the network cuts it', () => {
  const json = '{"id":"evt_1","data":{"reason":"Zoë – 日本語 – 👍🏽"}}';

  test.each(LINE_ENDS)('cut in two at every byte, line ends $name: the same frames', ({ end }) => {
    const lines = [
      'data: first',
      '',
      `id: 9`,
      `data:${json}`,
      'data: ü',
      '',
      ': keepalive',
      '',
      `data: ${json}`,
      '',
      '',
    ];
    const stream = Buffer.from(lines.join(end));
    const expected: Seen = { frames: ['first', `${json}\nü`, json], oversize: [], ids: ['9'] };
    for (let cut = 0; cut <= stream.length; cut++) {
      expect(read([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(expected);
    }
  });

  test.each(LINE_ENDS)('byte by byte, line ends $name: the same frames', ({ end }) => {
    const stream = Buffer.from(['data: 1', '', `data: ${json}`, `data: ${json}`, '', 'data: 3', '', ''].join(end));
    const chunks = Array.from(stream, (byte) => Buffer.of(byte));
    expect(read(chunks).frames).toEqual(['1', `${json}\n${json}`, '3']);
  });

  test.each(Array.from({ length: 30 }, (_, seed) => seed))('seed %i: random streams in random pieces', (seed) => {
    const random = seededRandom(seed);
    const between = integers(random);
    const pieces = [
      'data',
      'data:',
      'data: ',
      ': comment',
      'event: x',
      'id: 5',
      'x',
      'ü',
      '👍',
      ' ',
      '{"a":1}',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
    ];
    const stream = Buffer.from(Array.from({ length: 400 }, () => pieces[between(0, pieces.length - 1)]).join(''));
    const whole = read([stream]);
    expect(whole.frames.length).toBeGreaterThan(5);
    for (let time = 0; time < 10; time++) {
      const chunks: Buffer[] = [];
      for (let start = 0; start < stream.length;) {
        const size = between(1, time < 5 ? 5 : 100);
        chunks.push(stream.subarray(start, start + size));
        start += size;
      }
      expect(read(chunks)).toEqual(whole);
    }
  });
});

test('two connections have nothing in common', () => {
  const seen: string[] = [];
  const listener = { onFrame: (text: string) => seen.push(text), onOversize: () => {}, onId: () => {} };
  const [one, other] = [new SseFrames(listener), new SseFrames(listener)];
  one.feed(Buffer.from('data: on'));
  other.feed(Buffer.from('data: other\n\n'));
  one.feed(Buffer.from('e\n\n'));
  expect(seen).toEqual(['other', 'one']);
});

test('a burst of 200,000 events is cut in well under two seconds', () => {
  const chunk = Buffer.from(`data: {"id":"evt_1","data":"${'x'.repeat(320)}"}\n\n`.repeat(180));
  let frames = 0;
  const reader = new SseFrames({ onFrame: () => frames++, onOversize: () => {}, onId: () => {} });
  const begin = performance.now();
  for (let sent = 0; sent < 200_000; sent += 180) reader.feed(chunk);
  expect(frames).toBeGreaterThanOrEqual(200_000);
  expect(performance.now() - begin).toBeLessThan(2_000);
});
