import type { Clock } from '@grantex/core';

/** Runs something whose signal aborts after `ms`, and with the outer signal. */
export async function withDeadline<Value>(
  clock: Clock,
  ms: number,
  outer: AbortSignal,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const late = new AbortController();
  const timer = new AbortController();
  clock.sleep(ms, timer.signal).then(
    () => late.abort(new Error(`no answer within ${ms} ms`)),
    () => {}, // The answer came first.
  );
  try {
    return await run(AbortSignal.any([outer, late.signal]));
  } finally {
    timer.abort();
  }
}
