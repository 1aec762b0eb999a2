import {
  accepted,
  refused,
  type Attempt,
  type Batch,
  type GrantexEvent,
  type Reply,
  type Verdict,
} from '@grantex/core';
import { ArrayDestination, type ArrayOptions } from './array-destination.js';

/** Says "accepted" as soon as the request is on its way. */
export class AcknowledgesEarly extends ArrayDestination {
  protected override async sendBatch(batch: Batch<string>, attempt: Attempt): Promise<Verdict> {
    super.sendBatch(batch, attempt).catch(() => {}); // Nobody will know.
    return accepted(200);
  }
}

/** Numbers its attempts in the body. */
export class ChangesBytes extends ArrayDestination {
  protected override async sendBatch(batch: Batch<string>, { number, signal }: Attempt): Promise<Verdict> {
    const texts = batch.items.map(({ record }) => record.replace(/}$/, `,"attempt":${number}}`));
    return this.classify(await this.post(`[${texts.join(',')}]`, signal), batch);
  }
}

/** Frees its client at once when it is closed. */
export class LosesTail extends ArrayDestination {
  override async close(): Promise<void> {
    await this.release();
  }
}

/** Takes every failure for success, so as not to disturb. */
export class SwallowsFailures extends ArrayDestination {
  protected override async sendBatch(batch: Batch<string>, attempt: Attempt): Promise<Verdict> {
    try {
      await super.sendBatch(batch, attempt);
    } catch {
      // "Never let logging break the application."
    }
    return accepted(200);
  }
}

/** Takes a 400 for success: "the service has had its say". */
export class SwallowsRejections extends ArrayDestination {
  protected override classify(reply: Reply, batch: Batch<string>): Verdict {
    return reply.status === 400 ? accepted(400) : super.classify(reply, batch);
  }
}

/** Does not tell the base class what its secrets are. */
export class LeaksKey extends ArrayDestination {
  constructor(options: ArrayOptions) {
    super(options, []);
  }
}

/** Keeps its key where everybody who prints it can see it. */
export class ShowsKey extends ArrayDestination {
  readonly options: ArrayOptions;

  constructor(options: ArrayOptions) {
    super(options);
    this.options = options;
  }
}

/** Puts the newest first. */
export class Reorders extends ArrayDestination {
  protected override async sendBatch(batch: Batch<string>, { signal }: Attempt): Promise<Verdict> {
    const texts = batch.items.map(({ record }) => record).toReversed();
    return this.classify(await this.post(`[${texts.join(',')}]`, signal), batch);
  }
}

/** Does not look at its signal: a hung request stays open for ever. */
export class IgnoresSignal extends ArrayDestination {
  protected override post(body: string, _signal: AbortSignal): Promise<Reply> {
    return super.post(body, new AbortController().signal);
  }
}

/** Has three tries of its own for each attempt of the engine. */
export class RetriesByItself extends ArrayDestination {
  protected override async post(body: string, signal: AbortSignal): Promise<Reply> {
    for (let tries = 1; ; tries++) {
      const reply = await super.post(body, signal);
      if (reply.status < 500 || tries === 3) return reply;
    }
  }
}

/** Takes a wrong key for wrong events. */
export class GivesUpAtWrongKey extends ArrayDestination {
  protected override classify(reply: Reply, batch: Batch<string>): Verdict {
    return reply.status === 403
      ? refused('DEST_REJECTED', 'the service does not want these events')
      : super.classify(reply, batch);
  }
}

/** Keeps its connections when it is closed. */
export class KeepsConnections extends ArrayDestination {
  protected override async release(): Promise<void> {}
}

/** Has a timer that nobody ends. */
export class KeepsTimer extends ArrayDestination {
  readonly #timer = setInterval(() => {}, 60_000);

  get timer(): NodeJS.Timeout {
    return this.#timer;
  }
}

/** Does not read Retry-After. */
export class IgnoresRetryAfter extends ArrayDestination {
  protected override classify(reply: Reply, batch: Batch<string>): Verdict {
    return super.classify({ ...reply, headers: {} }, batch);
  }
}

/** Sends a batch again as a whole when a part of it failed. */
export class RepeatsWhole extends ArrayDestination {
  protected override classify(reply: Reply, batch: Batch<string>): Verdict {
    return reply.status === 207 ? refused('DEST_UNAVAILABLE', 'some events failed') : super.classify(reply, batch);
  }
}

/** Takes a request that is too large for a bad one that cannot be mended, and goes on. */
export class DropsTooLarge extends ArrayDestination {
  protected override classify(reply: Reply, batch: Batch<string>): Verdict {
    return reply.status === 413 ? accepted(413) : super.classify(reply, batch);
  }
}

/** Keeps its own list, without an end. */
export class GrowsWithoutEnd extends ArrayDestination {
  #sending: Promise<void> = Promise.resolve();

  override async send(events: readonly GrantexEvent[]): Promise<void> {
    this.#sending = this.#sending.then(() => super.send(events));
    this.#sending.catch(() => {}); // Told by flush().
  }

  override async flush(): Promise<void> {
    await this.#sending;
    await super.flush();
  }

  override async close(): Promise<void> {
    void this.#sending.catch(() => {});
    await super.close();
  }
}

/** Opens anew when it is used after it was closed. */
export class ReopensAfterClose extends ArrayDestination {
  #isClosed = false;

  override async send(events: readonly GrantexEvent[]): Promise<void> {
    if (!this.#isClosed) await super.send(events);
  }

  override async close(): Promise<void> {
    this.#isClosed = true;
    await super.close();
  }
}

/** Has nothing to say about the service. */
export class ChecksNothing extends ArrayDestination {
  protected override async checkService(): Promise<{ ok: boolean; message: string }> {
    return { ok: true, message: 'configured' };
  }
}

/** Its own words only. */
export class HidesReason extends ArrayDestination {
  protected override classify(reply: Reply, batch: Batch<string>): Verdict {
    return super.classify(reply.status === 207 ? reply : { ...reply, text: '' }, batch);
  }
}
