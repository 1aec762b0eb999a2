import { probeDelay, type BackoffOptions } from '../backoff.js';
import type { Refusal } from './verdict.js';

/**
 * The time in which a destination is held: nothing is sent but a slow probe, by one worker, until a probe is accepted or
 * the service objects to something else. The other workers wait for the end.
 */
export class Hold {
  readonly #options: BackoffOptions;
  #refusal: Refusal | undefined;
  #probes = 0;
  #isProbing = false;
  #waiting: (() => void)[] = [];

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Why it is held; undefined when it is not. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** Holds, or goes on holding after a probe. */
  begin(refusal: Refusal): void {
    this.#refusal = refusal;
    this.#isProbing = false;
    this.#wakeWaiting();
  }

  end(): void {
    this.#refusal = undefined;
    this.#probes = 0;
    this.#isProbing = false;
    this.#wakeWaiting();
  }

  /** Makes those who wait look again. */
  wake(): void {
    this.#wakeWaiting();
  }

  /** Takes the part of the prober: the milliseconds to wait before the probe; undefined when somebody else has it. */
  takeProbe(): number | undefined {
    if (this.#isProbing) return undefined;
    this.#isProbing = true;
    return probeDelay(++this.#probes, this.#options);
  }

  /** The probe was answered, whatever the answer: the next one may be anybody's. */
  probed(): void {
    if (!this.#isProbing) return;
    this.#isProbing = false;
    this.#wakeWaiting();
  }

  /** Resolves when the state may have changed. */
  async changed(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #wakeWaiting(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
