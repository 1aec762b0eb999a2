import { BatchingDestination, accepted, type CheckResult, type Verdict } from '@grantex/core';
import { ManualClock } from '@grantex/testing';
import { expect, test } from 'vitest';

const DEFAULTS = { kind: 'deaf', limits: { maxEvents: 10, maxBytes: 1_000 }, batchSize: 10 };

/** Asks a service that never answers, and listens to no signal. */
class DeafDestination extends BatchingDestination {
  protected override encode(): string {
    return '';
  }

  protected override async sendBatch(): Promise<Verdict> {
    return accepted();
  }

  protected override checkService(): Promise<CheckResult> {
    return new Promise(() => {});
  }
}

test('check() ends at the time-out, even if the destination listens to no signal', async () => {
  const clock = new ManualClock();
  const destination = new DeafDestination(DEFAULTS, { clock, timeoutMs: 5_000 });
  const checking = destination.check();
  await clock.advance(5_000);
  expect(await checking).toEqual({ ok: false, message: 'no answer within 5000 ms' });
});

test('check() leaves no timer behind when the answer comes', async () => {
  class Answering extends DeafDestination {
    protected override async checkService(): Promise<CheckResult> {
      return { ok: true, message: 'fine' };
    }
  }
  const clock = new ManualClock();
  expect(await new Answering(DEFAULTS, { clock }).check()).toEqual({ ok: true, message: 'fine' });
  expect(clock.waiting.count).toBe(0);
});
