import type { Clock } from '@grantex/core';
import type { Chance } from './chance.ts';

/** A process from its start to its end. What belongs to one that is over never happens any more. */
export class Life {
  readonly number: number;
  readonly #forgets = new Set<() => void>();
  #isOver = false;

  constructor(number: number) {
    this.number = number;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    this.#isOver = true;
    for (const forget of this.#forgets) forget();
  }

  /**
   * Listens to a signal while this life lasts. Node keeps a signal of `AbortSignal.any` that has a listener, and with it
   * all that the listener knows: of a process that was killed, nobody would ever take it away.
   * @returns takes it away
   */
  onAbort(signal: AbortSignal, listener: () => void): () => void {
    if (this.#isOver) return () => {};
    const heard = (): void => {
      forget();
      listener();
    };
    const forget = (): void => {
      signal.removeEventListener('abort', heard);
      this.#forgets.delete(forget);
    };
    this.#forgets.add(forget);
    signal.addEventListener('abort', heard);
    return forget;
  }
}

/** Something that will happen. */
export interface Happening {
  cancel(): void;
}

interface Due {
  readonly at: number;
  /** Decides between those that are due at the same moment. */
  readonly rank: number;
  readonly life: Life | undefined;
  readonly run: () => void;
  isCancelled: boolean;
}

const START_MS = Date.UTC(2026, 2, 1, 12);
/** A seed takes a few thousand; what takes so many does not end. */
const MOST_STEPS = 300_000;

/** Nobody has anything to do, or there is no end of it, and what was waited for has not come. */
export class StuckError extends Error {}

/** The only thing that makes time pass: what is to happen is put into a queue, and happens in the order of virtual time. */
export class World {
  readonly #chance: Chance;
  readonly #queue: Due[] = [];
  readonly #onNote: ((line: string) => void) | undefined;
  #now = START_MS;
  #steps = 0;
  /** Called after every step, when everything that follows from it without time passing has happened. */
  afterStep: () => void = () => {};

  constructor(chance: Chance, onNote: ((line: string) => void) | undefined) {
    this.#chance = chance;
    this.#onNote = onNote;
  }

  /** Unix epoch, milliseconds, with fractions. */
  get now(): number {
    return this.#now;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Writes a line of the trace. A function, so that it costs nothing when nobody traces. */
  note(line: () => string): void {
    this.#onNote?.(`${((this.#now - START_MS) / 1000).toFixed(4).padStart(10)} ${line()}`);
  }

  /** Lets it happen after so many milliseconds, unless `life` is over by then. */
  after(ms: number, life: Life | undefined, run: () => void): Happening {
    const due: Due = { at: this.#now + Math.max(ms, 0), rank: this.#chance.next(), life, run, isCancelled: false };
    this.#push(due);
    return { cancel: () => void (due.isCancelled = true) };
  }

  /** Lets things happen until the condition holds. */
  async until(what: string, holds: () => boolean): Promise<void> {
    while (!holds()) {
      const due = this.#pop();
      if (due === undefined) throw new StuckError(`stuck: nobody has anything to do, and this has not come: ${what}`);
      if (due.isCancelled || due.life?.isOver === true) continue;
      if (++this.#steps > MOST_STEPS) throw new StuckError(`stuck: busy without end, and this has not come: ${what}`);
      this.#now = due.at;
      due.run();
      // One turn of the event loop runs every reaction: nothing under simulation waits for anything real.
      await new Promise<void>((resolve) => setImmediate(resolve));
      this.afterStep();
    }
  }

  #push(due: Due): void {
    const queue = this.#queue;
    let index = queue.length;
    queue.push(due);
    for (;;) {
      const parent = (index - 1) >> 1;
      const above = queue[parent];
      if (above === undefined || !isBefore(due, above)) break;
      queue[index] = above;
      index = parent;
    }
    queue[index] = due;
  }

  #pop(): Due | undefined {
    const queue = this.#queue;
    const [first] = queue;
    const last = queue.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = queue[child];
      const right = queue[child + 1];
      if (below !== undefined && right !== undefined && isBefore(right, below)) [child, below] = [child + 1, right];
      if (below === undefined || !isBefore(below, last)) break;
      queue[index] = below;
      index = child;
    }
    queue[index] = last;
    return first;
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.at === other.at ? one.rank < other.rank : one.at < other.at;
}

/** Timers of a busy machine ring late by as much, now and then. */
const LATE_MS = 15;

/** The clock of one life. */
export class VirtualClock implements Clock {
  readonly #world: World;
  readonly #life: Life;
  readonly #chance: Chance;

  constructor(world: World, life: Life, chance: Chance) {
    this.#world = world;
    this.#life = life;
    this.#chance = chance;
  }

  now(): number {
    return Math.floor(this.#world.now);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms <= 0) return;
    await new Promise<void>((resolve, reject) => {
      const late = this.#chance.happens(0.2) ? this.#chance.between(0, LATE_MS) : 0;
      let forget: (() => void) | undefined;
      const waking = this.#world.after(ms + late, this.#life, () => {
        forget?.();
        resolve();
      });
      if (signal === undefined) return;
      forget = this.#life.onAbort(signal, () => {
        waking.cancel();
        reject(signal.reason as Error);
      });
    });
  }
}
