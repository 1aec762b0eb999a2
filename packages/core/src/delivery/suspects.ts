import { probeDelay, type BackoffOptions } from '../backoff.js';
import { CONSEQUENCES, type Refusal } from './verdict.js';
import type { Work } from './work.js';

/** So many single events refused, with none accepted between, are no bad events but a bad setting. */
export const MAX_SUSPECTS = 10;
/** A suspect that nothing follows is asked about so often, if the service has accepted something before. */
const ROUNDS = 3;

/**
 * Single events that the service refused for their content, set aside. One of them is given up only when it was refused
 * twice, with another event accepted between, and another one after that: a service that refuses everything for a while,
 * whenever that begins and ends, then costs nothing.
 */
export class Suspects<Record> {
  readonly #options: BackoffOptions;
  #list: Work<Record>[] = [];
  #askAt = Infinity;
  #rounds = 0;
  /** Requests begun so far. */
  #requests = 0;
  /** The latest one, by its beginning, that was accepted; 0 before the first. */
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

  /** Numbers a request that begins: only what was begun after a refusal says something about it. */
  beginRequest(): number {
    return ++this.#requests;
  }

  /** Notes that the service accepted something in this request. */
  noteAccepted(request: number): void {
    this.#accepted = Math.max(this.#accepted, request);
    this.#rounds = 0;
  }

  /** Notes that this single event was refused. */
  noteRefused(work: Work<Record>): void {
    if (work.refusedAt === undefined) work.refusedAt = this.#requests;
    else if (this.#accepted > work.refusedAt) work.refusedAgainAt = this.#requests;
  }

  /**
   * Whether this single event, refused once more, is to be given up although nothing was accepted since. `isLastChance`:
   * the delivery is being stopped.
   */
  isGuilty(work: Work<Record>, refusal: Refusal, isLastChance: boolean): boolean {
    if (isLastChance && work.refusedAgainAt !== undefined) return true;
    // Nothing follows it to judge by. A passing failure is never held against the event.
    return this.#accepted > 0 && this.#rounds >= ROUNDS && CONSEQUENCES[refusal.code] === 'halve';
  }

  /** After something was accepted: takes those out that are to be given up. */
  takeGuilty(): Work<Record>[] {
    const isGuilty = ({ refusedAgainAt }: Work<Record>): boolean =>
      refusedAgainAt !== undefined && this.#accepted > refusedAgainAt;
    const guilty = this.#list.filter(isGuilty);
    if (guilty.length > 0) this.#list = this.#list.filter((work) => !isGuilty(work));
    return guilty;
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
