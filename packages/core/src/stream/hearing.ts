import { GrantexError } from '../errors.js';
import type { Gap } from '../journal/journal.js';

/** So much earlier than its last sign an earlier run may have missed something: it was on its way. */
const ALLOWANCE_MS = 1_000;

/**
 * Whether the stream is heard, over one connection or several, and the gaps: the times in which no connection was. A gap
 * begins with the last byte of the last connection, since what came after it may have been lost before anybody noticed.
 */
export class Hearing {
  readonly #onGap: (gap: Gap) => void;
  readonly #delayMs: () => number;
  /** The connections that are heard, and when they were opened. */
  readonly #heard = new Map<object, { readonly openedAt: number; readonly at: number }>();
  /** The last moment in which a connection that is lost by now was surely heard. */
  #lastHeardAt = 0;
  /** When the last byte came, on whichever connection. */
  #lastByteAt: number | undefined;
  /** When this run heard the stream for the first time. */
  #firstHeardAt: number | undefined;
  #isResumed = false;
  #lost: { readonly from: number; readonly cause: string } | undefined;
  #waiting: (() => void)[] = [];
  #isEnded = false;

  /** `delayMs`: how long an event is on its way; what was published so shortly before a loss may be missing as well. */
  constructor(onGap: (gap: Gap) => void, delayMs: () => number = () => 0) {
    this.#onGap = onGap;
    this.#delayMs = delayMs;
  }

  get isHeard(): boolean {
    return this.#heard.size > 0;
  }

  /** Since when nothing was heard; undefined while it is, and before the first time. */
  get lostSince(): number | undefined {
    return this.#lost?.from;
  }

  /**
   * Everything that was published up to then has come, if events are on their way for `delayMs`; undefined before the first
   * byte. Unix epoch, milliseconds.
   */
  heardUntil(delayMs: number): number | undefined {
    return this.#lastByteAt === undefined ? undefined : this.#lastByteAt - delayMs;
  }

  /** Something came, on whichever connection. */
  heard(at: number): void {
    this.#lastByteAt = at;
  }

  /** Goes on where an earlier run, or another process, stopped to listen: what lies between is a gap. */
  resume(heardUntil: number | undefined): void {
    if (this.#isResumed) return;
    this.#isResumed = true;
    if (heardUntil === undefined) return;
    const lost = { from: heardUntil - ALLOWANCE_MS, cause: 'nobody was listening: the program was not running' };
    if (this.#firstHeardAt === undefined) this.#lost = lost;
    else if (this.#firstHeardAt > heardUntil) this.#onGap({ ...lost, to: this.#firstHeardAt });
  }

  /** The connection, which was asked for at `openedAt`, got its first byte. */
  gained(connection: object, at: number, openedAt: number = at): void {
    this.#heard.set(connection, { openedAt, at });
    this.#firstHeardAt ??= at;
    const lost = this.#lost;
    this.#lost = undefined;
    if (lost !== undefined) this.#onGap({ ...lost, to: at });
    this.#wakeWaiting();
  }

  /** The connection ended; `lastByteAt` is the last moment in which it was surely heard. */
  lost(connection: object, lastByteAt: number, cause: string): void {
    if (!this.#heard.delete(connection)) return;
    this.#lastHeardAt = Math.max(this.#lastHeardAt, lastByteAt);
    const from = this.#lastHeardAt - this.#delayMs();
    if (this.#heard.size === 0) {
      this.#lost = { from, cause };
      return;
    }
    // Connections that fall silent together are given up one after the other, and the first one is open again before the
    // last one is given up: then nobody was heard between the last byte of those, and the first one of these.
    const others = [...this.#heard.values()];
    if (others.some(({ openedAt }) => openedAt <= this.#lastHeardAt)) return;
    this.#onGap({ from, to: Math.min(...others.map(({ at }) => at)), cause });
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
