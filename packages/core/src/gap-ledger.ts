import { tellGap } from './event-source-log.js';
import type { UnknownEvent } from './events.js';
import { makeOwnEvent } from './own-event.js';
import type { Gap, Journal } from './journal/journal.js';
import type { Logger } from './logger.js';

/** Sees to it that no gap is silent: journal, log, the user's hook and, if wanted, an event to the destinations. */
export class GapLedger {
  readonly #journal: Journal;
  readonly #logger: Logger;
  readonly #onGap: ((gap: Gap) => void) | undefined;
  readonly #addEvent: ((event: UnknownEvent) => void) | undefined;
  /** Until the journal is open. */
  #waiting: Gap[] | undefined = [];
  /** Told, and not in the journal yet; oldest first. */
  readonly #unrecorded: Gap[] = [];
  #recording: Promise<void> | undefined;

  constructor(parts: {
    readonly journal: Journal;
    readonly logger: Logger;
    readonly onGap: ((gap: Gap) => void) | undefined;
    /** Absent when the destinations get no event for a gap. */
    readonly addEvent: ((event: UnknownEvent) => void) | undefined;
  }) {
    this.#journal = parts.journal;
    this.#logger = parts.logger;
    this.#onGap = parts.onGap;
    this.#addEvent = parts.addEvent;
  }

  /** The journal is open. `heardUntil`: up to then another process listened, so that there was no gap. */
  open(heardUntil = -Infinity): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const gap of waiting) if (gap.to > heardUntil) this.add({ ...gap, from: Math.max(gap.from, heardUntil) });
  }

  add(gap: Gap): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(gap);
      return;
    }
    tellGap(this.#logger, gap);
    this.#unrecorded.push(gap);
    void this.record();
    this.#addEvent?.(gapEvent(gap));
    try {
      this.#onGap?.(gap);
    } catch (error) {
      this.#logger.error(`onGap failed: ${String(error)}`);
    }
  }

  /** Whether the journal does not know all gaps yet: until it does, it must not be told that the stream was heard since. */
  get isBehind(): boolean {
    return this.#unrecorded.length > 0;
  }

  /** Records what is not in the journal yet, as far as it takes it now. To be called again while `isBehind`. */
  record(): Promise<void> {
    this.#recording ??= this.#recordAll().finally(() => (this.#recording = undefined));
    return this.#recording;
  }

  async #recordAll(): Promise<void> {
    for (let gap = this.#unrecorded[0]; gap !== undefined; gap = this.#unrecorded[0]) {
      try {
        await this.#journal.recordGap(gap);
      } catch (error) {
        this.#logger.error(`journal: a gap is not recorded yet: ${String(error)}`);
        return;
      }
      this.#unrecorded.shift();
    }
  }
}

function gapEvent({ from, to, cause }: Gap): UnknownEvent {
  const data = {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    seconds: (to - from) / 1_000,
    cause,
  };
  return makeOwnEvent('grantex.gap', data, to);
}
