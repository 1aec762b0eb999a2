interface Sample {
  readonly at: number;
  readonly delivered: number;
}

const WINDOW_MS = 10_000;

/** Events per second over the last ten seconds, from looks at a count. */
export class DeliveryRate {
  /** The oldest one is the newest that is ten seconds old. */
  #samples: Sample[] = [];

  note(delivered: number, at: number): void {
    const last = this.#samples.at(-1);
    // A destination that was replaced counts from 0, and the machine's clock may be set back.
    if (last !== undefined && (delivered < last.delivered || at < last.at)) this.#samples = [];
    this.#samples.push({ at, delivered });
    while ((this.#samples[1]?.at ?? at) <= at - WINDOW_MS) this.#samples.shift();
  }

  /** 0 until a second has been looked at. To a hundredth. */
  at(delivered: number, at: number): number {
    const since = this.#samples.findLast((sample) => sample.at <= at - WINDOW_MS) ?? this.#samples[0];
    if (since === undefined || at - since.at < 1_000 || delivered < since.delivered) return 0;
    return Math.round(((delivered - since.delivered) * 100_000) / (at - since.at)) / 100;
  }
}
