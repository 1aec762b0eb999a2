import type { Clock } from '../clock.js';
import type { Batch } from './batch.js';
import { refusalFromError } from './refusal-from-error.js';
import type { DeliveryTarget } from './target.js';
import { refused, type Refusal, type Verdict } from './verdict.js';

/** Why the time-out of an attempt ends. Without a reason each abort would make an exception with its stack. */
const ANSWERED = new Error('the answer came first');

interface Bounds {
  readonly clock: Clock;
  /** Aborts when the delivery has ended. */
  readonly ended: AbortSignal;
}

/**
 * Sends the batch once. Always resolves: an exception is a refusal, and so is no answer within the target's `timeoutMs`
 * or before `ended` aborts, even if the destination ignores its signal.
 */
export async function attemptOnce<Record>(
  target: DeliveryTarget<Record>,
  batch: Batch<Record>,
  { number, ...bounds }: Bounds & { readonly number: number },
): Promise<Verdict> {
  return within(target, bounds, (signal) => target.sendBatch(batch, { number, signal }));
}

/** The state of a stable batch that is to be stored before its first attempt, or why there is none yet. */
export async function openOnce<Record>(
  target: DeliveryTarget<Record>,
  batch: Batch<Record>,
  bounds: Bounds,
): Promise<string | Refusal> {
  return within(target, bounds, async (signal) => target.openBatch?.(batch, signal) ?? '');
}

async function within<Value>(
  { name, timeoutMs }: { readonly name: string; readonly timeoutMs: number },
  { clock, ended }: Bounds,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value | Refusal> {
  const attempt = new AbortController();
  const timer = new AbortController();
  let whyAborted: Refusal | undefined;
  function abort(message: string): void {
    whyAborted = refused('DEST_NETWORK', message);
    attempt.abort(new Error(message));
  }
  function onEnded(): void {
    abort(`${name}: stopped before the answer came`);
  }
  ended.addEventListener('abort', onEnded, { once: true });
  clock.sleep(timeoutMs, timer.signal).then(
    () => abort(`no answer within ${timeoutMs} ms`),
    () => {}, // The answer came first.
  );
  try {
    return await Promise.race([run(attempt.signal), rejectedOnAbort(attempt.signal)]);
  } catch (error) {
    return whyAborted ?? refusalFromError(error);
  } finally {
    timer.abort(ANSWERED);
    ended.removeEventListener('abort', onEnded);
  }
}

function rejectedOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
