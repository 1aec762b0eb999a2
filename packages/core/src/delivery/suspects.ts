import { probeDelay, type BackoffOptions } from '../backoff.js';
import { CONSEQUENCES, type Refusal } from './verdict.js';
import type { Work } from './work.js';

/** So many single events refused, with none accepted between, are no bad events but a bad setting. */
export const MAX_SUSPECTS = 10;
/** A suspect that nothing follows is asked about so often, if the service has accepted something before. */
const ROUNDS = 3;

/**
 * Single events that the service refused for their content, set aside. One of them is given up only when it is refused
 * again after the service accepted another event: a wrong setting, which refuses everything, then costs nothing.
 */
export class Suspects<Record> {
  readonly #options: BackoffOptions;
  #list: Work<Record>[] = [];
  #askAt = Infinity;
  #rounds = 0;
  #accepted = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#list.length;
  }

  get oldest(): Work<Record> | undefined {
    return this.#list[0];
  }

  /** Whether the service has ever accepted something. */
  get isServiceProven(): boolean {
    return this.#accepted > 0;
  }

  /** When to ask about them again although nothing was accepted meanwhile. Unix epoch, milliseconds. */
  get askAt(): number {
    return this.#askAt;
  }

  /** Notes that the service accepted something. */
  noteAccepted(): void {
    this.#accepted++;
    this.#rounds = 0;
  }

  /** Notes that the batch was refused for its content. */
  noteRefused(work: Work<Record>): void {
    work.refusedSince ??= this.#accepted;
  }

  /** Whether this single event, refused once more, is to be given up. */
  isGuilty(work: Work<Record>, refusal: Refusal): boolean {
    if (this.#accepted > (work.refusedSince ?? 0)) return true;
    // Nothing else to judge by. A passing failure is never held against the event.
    return this.#accepted > 0 && this.#rounds >= ROUNDS && CONSEQUENCES[refusal.code] === 'halve';
  }

  /** Sets the event aside. `isHurried`: somebody waits for the end, and the service is known to accept events. */
  add(work: Work<Record>, now: number, isHurried: boolean): void {
    this.#list.push(work);
    const delay = isHurried && this.#accepted > 0 ? 0 : probeDelay(this.#rounds + 1, this.#options);
    this.#askAt = Math.min(this.#askAt, now + delay);
  }

  /** Takes the oldest one out, to ask about it. */
  takeOldest(): Work<Record> | undefined {
    return this.#list.shift();
  }

  /** The oldest one was refused again. */
  putBack(work: Work<Record>): void {
    this.#list.unshift(work);
  }

  /** Takes all of them, to be asked about now. */
  takeAll(): Work<Record>[] {
    this.#askAt = Infinity;
    this.#rounds++;
    const suspects = this.#list;
    this.#list = [];
    for (const suspect of suspects) suspect.forgetFailures();
    return suspects;
  }

  /** Somebody waits for the end: asks soon, if the service is known to accept events. */
  hurry(): void {
    if (this.#list.length > 0 && this.#accepted > 0) this.#askAt = 0;
  }
}
