import type { SourceRunner } from './source-runner.js';

/**
 * So long both listen when one goes on in the place of another: an event is on its way for a second or two at most, and
 * what is on its way to the one that ends is not known as heard.
 */
export const OVERLAP_MS = 3_000;
/** A quiet stream sends its first byte after 30 s; the connection waits for it for 40 s. */
export const UNTIL_HEARD_MS = 45_000;

/** Whether the source is heard within the time. Rejects when it is refused. */
export async function untilHeard(
  runner: Pick<SourceRunner, 'ready' | 'ended'>,
  timeoutMs: number = UNTIL_HEARD_MS,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([runner.ready().then(() => true), late]);
  } catch (error) {
    // It ended before: why is told there.
    await runner.ended();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
