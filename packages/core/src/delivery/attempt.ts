import type { Clock } from '../clock.js';
import type { Batch } from './batch.js';
import { refusalFromError } from './refusal-from-error.js';
import type { DeliveryTarget } from './target.js';
import { refused, type Refusal, type Verdict } from './verdict.js';

/**
 * Sends the batch once. Always resolves: an exception is a refusal, and so is no answer within the target's `timeoutMs`
 * or before `ended` aborts, even if the destination ignores its signal.
 */
export async function attemptOnce<Record>(
  target: DeliveryTarget<Record>,
  batch: Batch<Record>,
  { number, clock, ended }: { readonly number: number; readonly clock: Clock; readonly ended: AbortSignal },
): Promise<Verdict> {
  const attempt = new AbortController();
  const timer = new AbortController();
  let whyAborted: Refusal | undefined;
  function abort(message: string): void {
    whyAborted = refused('DEST_NETWORK', message);
    attempt.abort(new Error(message));
  }
  function onEnded(): void {
    abort(`${target.name}: stopped before the answer came`);
  }
  ended.addEventListener('abort', onEnded, { once: true });
  clock.sleep(target.timeoutMs, timer.signal).then(
    () => abort(`no answer within ${target.timeoutMs} ms`),
    () => {}, // The answer came first.
  );
  try {
    return await Promise.race([
      target.sendBatch(batch, { number, signal: attempt.signal }),
      rejectedOnAbort(attempt.signal),
    ]);
  } catch (error) {
    return whyAborted ?? refusalFromError(error);
  } finally {
    timer.abort();
    ended.removeEventListener('abort', onEnded);
  }
}

function rejectedOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
