import type { Capability } from './fault.js';
import type { Way } from './run.js';
import type { Scene } from './scene.js';

/** One thing that a destination promises, and how it is proven. */
export interface DestinationPromise {
  /** What is promised: the test's name, behind the way. */
  readonly name: string;
  /** @defaultValue both */
  readonly ways?: readonly Way[];
  /** Left out for a plain destination: it has no batches, or no life of its own. */
  readonly batchingOnly?: true;
  /** Left out for a batching one. */
  readonly plainOnly?: true;
  /** Timers are counted. */
  readonly watchesTimers?: true;
  /** What the subject has to have for it. */
  readonly needs: readonly Capability[];
  /** Rejects when the promise is not kept. */
  prove(scene: Scene): Promise<void>;
}
