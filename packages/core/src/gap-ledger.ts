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
    this.#journal.recordGap(gap).catch((error: unknown) => {
      this.#logger.error(`journal: a gap was not recorded: ${String(error)}`);
    });
    this.#addEvent?.(gapEvent(gap));
    try {
      this.#onGap?.(gap);
    } catch (error) {
      this.#logger.error(`onGap failed: ${String(error)}`);
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
