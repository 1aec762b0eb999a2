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
  /** So many were given up, and nothing was accepted since. */
  #givenUp = 0;
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
    return this.#list.length === 0 ? Infinity : this.#askAt;
  }

  /** Numbers a request that begins: only what was begun after a refusal says something about it. */
  beginRequest(): number {
    return ++this.#requests;
  }

  /** Notes that the service accepted something in this request. */
  noteAccepted(request: number): void {
    this.#accepted = Math.max(this.#accepted, request);
    this.#rounds = 0;
    this.#givenUp = 0;
  }

  /** Notes that this single event was refused, beyond doubt. */
  noteRefused(work: Work<Record>): void {
    if (work.refusedAt === undefined) work.refusedAt = this.#requests;
    else if (this.#isAcceptedSince(work)) work.refusedAgainAt ??= this.#requests;
  }

  /** Notes the answer to one more attempt at a suspect. */
  noteAnswer(work: Work<Record>, refusal: Refusal): void {
    work.refusal = refusal;
    switch (CONSEQUENCES[refusal.code]) {
      case 'halve':
        this.noteRefused(work);
        return;
      case 'retry, then halve':
        // While nothing is accepted the service fails; and one failure of a service that works may be chance.
        if (!this.#isAcceptedSince(work)) work.forgetFailures();
        else if (work.isSameAgain(refusal)) this.noteRefused(work);
        return;
      case 'retry':
      case 'hold':
        return; // That says nothing of the event.
    }
  }

  /** Whether the service fails rather than the event, as far as anybody can know: nothing was accepted since. */
  get isServiceFailing(): boolean {
    const { oldest } = this;
    if (oldest?.refusal === undefined || this.#isAcceptedSince(oldest)) return false;
    return CONSEQUENCES[oldest.refusal.code] === 'retry, then halve';
  }

  #isAcceptedSince({ refusedAt = 0 }: Work<Record>): boolean {
    return this.#accepted > refusedAt;
  }

  /**
   * Whether this single event, refused once more, is to be given up although nothing was accepted since. `isLastChance`:
   * the delivery is being stopped.
   */
  isGuilty(work: Work<Record>, refusal: Refusal, isLastChance: boolean): boolean {
    if (work.refusedAgainAt !== undefined && (isLastChance || this.#accepted > work.refusedAgainAt)) return true;
    // Nothing follows it to judge by. A passing failure is never held against the event.
    return this.#rounds >= ROUNDS && this.#canBeGivenUp && CONSEQUENCES[refusal.code] === 'halve';
  }

  /** Notes that one was given up. */
  noteGivenUp(): void {
    this.#givenUp++;
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
    this.#askBy(work, now, isHurried);
  }

  /** Takes the oldest one out, to ask about it. */
  takeOldest(): Work<Record> | undefined {
    return this.#list.shift();
  }

  /** Puts those back that were taken out and not asked about, or refused again: in front, where they were. */
  putBack(works: readonly Work<Record>[], now: number, isHurried: boolean): void {
    this.#list.unshift(...works);
    for (const work of works) this.#askBy(work, now, isHurried);
  }

  /** They are asked about although nothing was accepted meanwhile. */
  beginRound(): void {
    this.#rounds++;
  }

  /** Takes all of them, to be asked about now. */
  takeAll(): Work<Record>[] {
    this.#askAt = Infinity;
    return this.#list.splice(0);
  }

  /** Somebody waits for the end: asks soon, if the service is known to accept events. */
  hurry(): void {
    if (this.#list.some((work) => this.#mayBeHurried(work))) this.#askAt = 0;
  }

  /** Ten without one accepted between speak for a wrong setting, also when they come one by one. */
  get #canBeGivenUp(): boolean {
    return this.#accepted > 0 && this.#givenUp < MAX_SUSPECTS - 1;
  }

  /** Without a pause only those are asked about that some rounds decide about. */
  #mayBeHurried({ refusal }: Work<Record>): boolean {
    return this.#canBeGivenUp && refusal !== undefined && CONSEQUENCES[refusal.code] === 'halve';
  }

  #askBy(work: Work<Record>, now: number, isHurried: boolean): void {
    const isSoon = isHurried && this.#mayBeHurried(work);
    this.#askAt = Math.min(this.#askAt, now + (isSoon ? 0 : probeDelay(this.#rounds + 1, this.#options)));
  }
}
