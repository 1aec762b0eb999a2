import { expect, test } from 'vitest';
import { ProgressText } from '../../src/replay/progress-text.js';

const NOTHING = {
  lines: 0,
  notEvents: 0,
  passedOver: 0,
  delivered: 0,
  deadLettered: 0,
  inFlight: 0,
  bytesRead: 0,
  unreadableFiles: 0,
  file: 'a',
};

test('how many, how fast, how far, how long; and what is wrong', () => {
  let now = 0;
  const text = new ProgressText(1_000, () => now);
  now = 2_000;
  expect(text.line({ ...NOTHING, delivered: 5_000, bytesRead: 250 }, undefined)).toBe(
    '5,000 delivered, 2,500/s, 25 %, 6 s left',
  );
  now = 4_000;
  const later = { ...NOTHING, delivered: 4_990, deadLettered: 10, notEvents: 3, bytesRead: 1_000 };
  expect(text.line(later, 'hook: holding')).toBe(
    '4,990 delivered, 1,250/s, 100 %, 10 given up, 3 not events, hook: holding',
  );
});

test('the rate is that of the last seconds, and bytes stand for a share that is not known', () => {
  let now = 0;
  const text = new ProgressText(undefined, () => now);
  let line = '';
  for (now = 1_000; now <= 30_000; now += 1_000) {
    // Nothing more after ten seconds.
    line = text.line({ ...NOTHING, delivered: Math.min(now, 10_000) / 10, bytesRead: 2_048 }, undefined);
  }
  expect(line).toBe('1,000 delivered, 0/s, 2 KiB');
});
