import type { Clock } from './clock.js';

/** Runs with a signal that aborts after `deadlineMs`. */
export async function withDeadline<Result>(
  deadlineMs: number,
  clock: Clock,
  run: (deadline: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const deadline = new AbortController();
  const timer = new AbortController();
  clock.sleep(deadlineMs, timer.signal).then(
    () => deadline.abort(),
    () => {}, // Done in time.
  );
  try {
    return await run(deadline.signal);
  } finally {
    timer.abort();
  }
}
