/** The journal's newest position, and when it was seen. Unix epoch, milliseconds. */
export interface HeadAt {
  readonly head: number;
  readonly at: number;
}

interface Entry extends HeadAt {
  /** The first sighting that this entry stands for. */
  readonly from: number;
}

/** So exact is what is kept of older times: to one part in so many of the age. */
const EXACTNESS = 64;
/** So many entries, and older ones are put together: fewer than 1,000 are left, also of a year. */
const MAX_ENTRIES = 2_048;

/**
 * When the events of a journal were appended, from looks at its newest position: exact to the time between two looks for
 * the last minutes, and to a 64th of the age before that. Its memory is bounded, however long it goes on.
 */
export class AppendTimes {
  /** Ascending by time and by position: the events up to `head`, beyond those of the entry before, were there at `at`. */
  #entries: Entry[] = [];

  /** To be called again and again. A position below the last one begins anew: the journal is another one. */
  note({ head, at }: HeadAt): void {
    const last = this.#entries.at(-1);
    if (last !== undefined && head === last.head) return;
    if (last !== undefined && head < last.head) this.#entries = [];
    // The machine's clock may be set back.
    const time = Math.max(at, this.#entries.at(-1)?.at ?? at);
    this.#entries.push({ head, at: time, from: time });
    if (this.#entries.length > MAX_ENTRIES) this.#thin(time);
  }

  /**
   * When the position was first seen in the journal. Undefined: not yet. What was there before the first look counts as
   * appended then, so that its age is a lower bound.
   */
  of(position: number): number | undefined {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.head ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return this.#entries[low]?.at;
  }

  /** Puts neighbours together that, seen from now, are as good as one. */
  #thin(now: number): void {
    const kept: Entry[] = [];
    for (const entry of this.#entries.toReversed()) {
      const newer = kept.at(-1);
      if (newer !== undefined && newer.at - entry.from <= (now - newer.at) / EXACTNESS) {
        kept[kept.length - 1] = { ...newer, from: entry.from };
      } else {
        kept.push(entry);
      }
    }
    this.#entries = kept.toReversed();
  }
}
