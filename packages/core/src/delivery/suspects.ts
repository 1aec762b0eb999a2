import { probeDelay, type BackoffOptions } from '../backoff.js';
import { CONSEQUENCES, type Refusal } from './verdict.js';
import type { Work } from './work.js';

/** So many single events refused, with none accepted between, are no bad events but a bad setting. */
export const MAX_SUSPECTS = 10;
/** A suspect that nothing follows is asked about so often, after growing delays, if the service has accepted something before. */
const ROUNDS = 3;

/**
 * Single events that the service refused for their content, set aside. One of them is given up when it was refused twice,
 * with another event accepted between, and another one after that: a service that refuses everything for a while, whenever
 * that begins and ends, then costs nothing. Where nothing follows to judge by, it is given up after some refusals over
 * growing delays, and fewer than ten can go that way until something is accepted.
 */
export class Suspects<Record> {
  readonly #options: BackoffOptions;
  /** Those that nobody has in hand, the oldest first. */
  #list: Work<Record>[] = [];
  /** Those that nothing is decided about, the ones in hand included. */
  readonly #undecided = new Set<Work<Record>>();
  #askAt = Infinity;
  /** So many were given up, and nothing was accepted since. */
  #givenUp = 0;
  /** Requests begun so far. */
  #requests = 0;
  /** The latest one, by its beginning, that was accepted; 0 before the first. */
  #accepted = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Those in hand included. */
  get size(): number {
    return this.#undecided.size;
  }

  /** Whether there is one that nobody has in hand. */
  get isAnyWaiting(): boolean {
    return this.#list.length > 0;
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
  beginRequest(work: Work<Record>): number {
    work.acceptedBefore = this.#accepted;
    return ++this.#requests;
  }

  /** Notes that the service accepted something in this request. */
  noteAccepted(request: number): void {
    this.#accepted = Math.max(this.#accepted, request);
    this.#givenUp = 0;
  }

  /** Notes that this single event was refused, beyond doubt. */
  noteRefused(work: Work<Record>, now: number): void {
    if (work.refusedAt === undefined) work.refusedAt = this.#requests;
    else if (wasAcceptedBetween(work)) work.refusedAgainAt ??= this.#requests;
    if (this.#accepted > work.latestRefusedAt) work.refusalsInVain = 1;
    else if (now >= work.countsFrom) work.refusalsInVain++; // Sooner it says nothing new.
    else return;
    work.latestRefusedAt = this.#requests;
    work.countsFrom = now + this.#delay(work, false);
  }

  /** Notes the answer to one more attempt at a suspect. */
  noteAnswer(work: Work<Record>, refusal: Refusal, now: number): void {
    work.refusal = refusal;
    switch (CONSEQUENCES[refusal.code]) {
      case 'halve':
        this.noteRefused(work, now);
        return;
      case 'retry, then halve':
        // While nothing is accepted the service fails; and one failure of a service that works may be chance.
        if (!wasAcceptedBetween(work)) work.forgetFailures();
        else if (work.isSameAgain(refusal)) this.noteRefused(work, now);
        return;
      case 'retry':
      case 'hold':
        return; // That says nothing of the event.
    }
  }

  /** Whether the service fails rather than the event, as far as anybody can know: nothing was accepted since. */
  get isServiceFailing(): boolean {
    const { oldest } = this;
    if (oldest?.refusal === undefined || this.#accepted > (oldest.refusedAt ?? 0)) return false;
    return CONSEQUENCES[oldest.refusal.code] === 'retry, then halve';
  }

  /**
   * Whether this single event, refused once more, is to be given up although nothing was accepted since. `isLastChance`:
   * the delivery is being stopped.
   */
  isGuilty(work: Work<Record>, refusal: Refusal, isLastChance: boolean): boolean {
    if (work.refusedAgainAt !== undefined && (isLastChance || this.#accepted > work.refusedAgainAt)) return true;
    // Nothing follows it to judge by. A passing failure is never held against the event.
    const isAskedEnough = work.refusalsInVain > ROUNDS;
    return isAskedEnough && this.#canBeGivenUp && CONSEQUENCES[refusal.code] === 'halve';
  }

  /** It is settled: given up, or accepted after all. */
  decided(work: Work<Record>, isGivenUp: boolean): void {
    this.#undecided.delete(work);
    if (isGivenUp) this.#givenUp++;
  }

  /** After something was accepted: takes those out that are to be given up. */
  takeGuilty(): Work<Record>[] {
    const isGuilty = ({ refusedAgainAt }: Work<Record>): boolean =>
      refusedAgainAt !== undefined && this.#accepted > refusedAgainAt;
    const guilty = this.#list.filter(isGuilty);
    if (guilty.length > 0) this.#list = this.#list.filter((work) => !isGuilty(work));
    for (const work of guilty) this.#undecided.delete(work);
    return guilty;
  }

  /** Sets the event aside. `isHurried`: somebody waits for the end. */
  add(work: Work<Record>, now: number, isHurried: boolean): void {
    this.#list.push(work);
    this.#undecided.add(work);
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

  /** Takes all of them, to be asked about now. */
  takeAll(): Work<Record>[] {
    this.#askAt = Infinity;
    return this.#list.splice(0);
  }

  /** Somebody waits for the end: asks sooner. */
  hurry(now: number): void {
    for (const work of this.#list) this.#askBy(work, now, true);
  }

  /** Ten without one accepted between speak for a wrong setting, also when they come one by one. */
  get #canBeGivenUp(): boolean {
    return this.#accepted > 0 && this.#givenUp + this.#undecided.size < MAX_SUSPECTS;
  }

  #askBy(work: Work<Record>, now: number, isHurried: boolean): void {
    const delay = this.#delay(work, isHurried);
    if (isHurried) work.countsFrom = Math.min(work.countsFrom, now + delay);
    this.#askAt = Math.min(this.#askAt, now + delay);
  }

  #delay({ refusalsInVain }: Work<Record>, isHurried: boolean): number {
    const { initialMs, holdMs, maxHoldMs } = this.#options;
    return probeDelay(Math.max(refusalsInVain, 1), { holdMs: isHurried ? initialMs : holdMs, maxHoldMs });
  }
}

/** Whether another event was accepted after the first refusal of this one, and before its latest attempt began. */
function wasAcceptedBetween<Record>({ refusedAt = 0, acceptedBefore }: Work<Record>): boolean {
  return acceptedBefore > refusedAt;
}
