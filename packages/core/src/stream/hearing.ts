import { GrantexError } from '../errors.js';
import type { Gap } from '../journal/journal.js';

/**
 * Whether the stream is heard, over one connection or several, and the gaps: the times in which no connection was. A gap
 * begins with the last byte of the last connection, since what came after it may have been lost before anybody noticed.
 */
export class Hearing {
  readonly #onGap: (gap: Gap) => void;
  readonly #heard = new Set<object>();
  /** The last moment in which a connection that is lost by now was surely heard. */
  #lastHeardAt = 0;
  #lost: { readonly from: number; readonly cause: string } | undefined;
  #waiting: (() => void)[] = [];
  #isEnded = false;

  constructor(onGap: (gap: Gap) => void) {
    this.#onGap = onGap;
  }

  get isHeard(): boolean {
    return this.#heard.size > 0;
  }

  /** Since when nothing was heard; undefined while it is, and before the first time. */
  get lostSince(): number | undefined {
    return this.#lost?.from;
  }

  /** The connection got its first byte. */
  gained(connection: object, at: number): void {
    this.#heard.add(connection);
    const lost = this.#lost;
    this.#lost = undefined;
    if (lost !== undefined) this.#onGap({ ...lost, to: at });
    this.#wakeWaiting();
  }

  /** The connection ended; `lastByteAt` is the last moment in which it was surely heard. */
  lost(connection: object, lastByteAt: number, cause: string): void {
    if (!this.#heard.delete(connection)) return;
    this.#lastHeardAt = Math.max(this.#lastHeardAt, lastByteAt);
    if (this.#heard.size === 0) this.#lost = { from: this.#lastHeardAt, cause };
  }

  /** Nothing will be heard any more. */
  end(): void {
    this.#isEnded = true;
    this.#wakeWaiting();
  }

  /** Resolves when the stream is heard; rejects when that will not be. */
  async ready(): Promise<void> {
    if (!this.isHeard && !this.#isEnded) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#isEnded) throw new GrantexError('STATE_INVALID', 'the event stream was stopped');
  }

  #wakeWaiting(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
