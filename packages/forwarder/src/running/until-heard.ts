import type { SourceRunner } from './source-runner.js';

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
