import { describe, expect, test } from 'vitest';
import type { Gap } from '../../src/index.js';
import { Hearing } from '../../src/stream/hearing.js';

function hearing() {
  const gaps: Gap[] = [];
  return { gaps, hearing: new Hearing((gap) => gaps.push(gap)), one: {}, other: {} };
}

describe('one connection', () => {
  test('before the first byte nothing is heard, and nothing is a gap', () => {
    const { hearing: subject, gaps, one } = hearing();
    expect([subject.isHeard, subject.lostSince]).toEqual([false, undefined]);
    subject.lost(one, 10, 'refused');
    expect([subject.isHeard, subject.lostSince]).toEqual([false, undefined]);
    subject.gained(one, 20);
    expect([subject.isHeard, gaps]).toEqual([true, []]);
  });

  test('a gap reaches from the last byte to the next first one, with its cause', () => {
    const { hearing: subject, gaps, one } = hearing();
    subject.gained(one, 100);
    subject.lost(one, 250, 'the server ended the stream');
    expect([subject.isHeard, subject.lostSince, gaps]).toEqual([false, 250, []]);
    subject.lost(one, 260, 'refused');
    subject.lost(one, 270, 'refused');
    subject.gained(one, 300);
    expect([subject.isHeard, subject.lostSince]).toEqual([true, undefined]);
    expect(gaps).toEqual([{ from: 250, to: 300, cause: 'the server ended the stream' }]);
  });

  test('each time is a gap of its own', () => {
    const { hearing: subject, gaps, one } = hearing();
    for (const at of [100, 200, 300]) {
      subject.gained(one, at);
      subject.lost(one, at + 50, `cut at ${at}`);
    }
    expect(gaps.map(({ from, to, cause }) => [from, to, cause])).toEqual([
      [150, 200, 'cut at 100'],
      [250, 300, 'cut at 200'],
    ]);
  });
});

describe('two connections', () => {
  test('while one is heard there is no gap', () => {
    const { hearing: subject, gaps, one, other } = hearing();
    subject.gained(one, 100);
    subject.gained(other, 110);
    subject.lost(one, 120, 'cut');
    expect([subject.isHeard, subject.lostSince]).toEqual([true, undefined]);
    subject.gained(one, 130);
    expect(gaps).toEqual([]);
  });

  test('when both are lost the gap begins where the last of them was surely heard', () => {
    const { hearing: subject, gaps, one, other } = hearing();
    subject.gained(one, 100);
    subject.gained(other, 100);
    subject.lost(one, 150, 'cut');
    subject.lost(other, 180, 'silent');
    subject.gained(other, 200);
    expect(gaps).toEqual([{ from: 180, to: 200, cause: 'silent' }]);
  });

  test('that fall silent together are a gap, although the first is open again before the last is given up', () => {
    const { hearing: subject, gaps, one, other } = hearing();
    subject.gained(one, 100, 90);
    subject.gained(other, 110, 100);
    subject.lost(one, 150, 'silent');
    subject.gained(one, 230, 225);
    expect(gaps).toEqual([]); // Nobody knows yet that the other one is silent as well.
    subject.lost(other, 160, 'silent too');
    expect([subject.isHeard, gaps]).toEqual([true, [{ from: 160, to: 230, cause: 'silent too' }]]);
    subject.gained(other, 240, 235);
    expect(gaps).toHaveLength(1);
  });

  test('also when the one that was silent for longer is given up last', () => {
    const { hearing: subject, gaps, one, other } = hearing();
    subject.gained(one, 100);
    subject.gained(other, 100);
    subject.lost(one, 150, 'cut');
    subject.lost(other, 120, 'silent');
    subject.gained(one, 200);
    expect(gaps.map(({ from, to }) => [from, to])).toEqual([[150, 200]]);
  });
});

describe('ready()', () => {
  test('resolves at the first byte, for all who wait', async () => {
    const { hearing: subject, one } = hearing();
    let ready = 0;
    const waiting = [1, 2].map(() => subject.ready().then(() => ready++));
    await Promise.resolve();
    expect(ready).toBe(0);
    subject.gained(one, 1);
    await Promise.all(waiting);
    expect(ready).toBe(2);
  });

  test('resolves at once while it is heard, and waits again when it is lost', async () => {
    const { hearing: subject, one } = hearing();
    subject.gained(one, 1);
    await subject.ready();
    subject.lost(one, 2, 'cut');
    let ready = false;
    const waiting = subject.ready().then(() => (ready = true));
    await Promise.resolve();
    expect(ready).toBe(false);
    subject.gained(one, 3);
    await waiting;
  });
});

describe('an earlier run', () => {
  test('what lies between its end and the first byte is a gap', () => {
    const { hearing: subject, gaps, one } = hearing();
    subject.resume(1_040);
    expect(subject.lostSince).toBe(40);
    subject.gained(one, 1_100);
    expect(gaps).toMatchObject([{ from: 40, to: 1_100 }]);
  });

  test('that heard the stream for longer than until our first byte leaves no gap', () => {
    const { hearing: subject, gaps, one } = hearing();
    subject.gained(one, 1_040);
    subject.resume(1_040);
    expect(gaps).toEqual([]);
  });

  test('that ended before our first byte, which came while it was waited for, leaves a gap', () => {
    const { hearing: subject, gaps, one } = hearing();
    subject.gained(one, 1_041);
    subject.resume(1_040);
    expect(gaps).toMatchObject([{ from: 40, to: 1_041 }]);
  });

  test('that is not known, or none, leaves no gap', () => {
    const { hearing: subject, gaps, one } = hearing();
    subject.resume(undefined);
    subject.gained(one, 100);
    expect(gaps).toEqual([]);
  });
});

test('what was published shortly before a loss may be lost as well: the gap begins so much earlier', () => {
  const gaps: Gap[] = [];
  const subject = new Hearing(
    (gap) => gaps.push(gap),
    () => 1_000,
  );
  const one = {};
  subject.gained(one, 5_000);
  subject.heard(9_000);
  expect(subject.heardUntil(1_000)).toBe(8_000);
  subject.lost(one, 9_000, 'cut');
  subject.gained(one, 10_000);
  expect(gaps).toEqual([{ from: 8_000, to: 10_000, cause: 'cut' }]);
});
