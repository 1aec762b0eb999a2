import type { Clock } from '../clock.js';
import type { Lifetime } from './lifetime.js';
import type { Retry } from './retry.js';
import type { Settlement } from './settlement.js';
import type { Suspects } from './suspects.js';
import type { Work } from './work.js';

/** What it takes to ask about suspects. */
export interface Inquiry<Record> {
  readonly suspects: Suspects<Record>;
  readonly retry: Retry<Record>;
  readonly settlement: Settlement<Record>;
  readonly lifetime: Lifetime;
  readonly clock: Clock;
  /** Whether somebody waits for everything to be settled. */
  readonly isHurried: () => boolean;
  /** Called when suspects were set aside again: another worker may be waiting for events only. */
  readonly onSetAside: () => void;
}

type Answer = 'settled' | 'refused' | 'ended';

/**
 * Gives up the suspects that are guilty by now, and asks about each of the others once, the oldest first. One attempt
 * each, without a delay of ours: nothing that comes later waits for an event that may be bad.
 */
export async function askAboutAll<Record>(inquiry: Inquiry<Record>): Promise<void> {
  await giveUpGuilty(inquiry);
  await ask(inquiry, 'each');
  await giveUpGuilty(inquiry);
}

/**
 * While the service fails, asks about the oldest suspect before the event behind it is sent, so that an outage that ends
 * does not change the order. The others follow when it is accepted.
 */
export async function askInOrder<Record>(inquiry: Inquiry<Record>): Promise<void> {
  if (!inquiry.suspects.isServiceFailing) return;
  await ask(inquiry, 'until one is refused');
  await giveUpGuilty(inquiry);
}

async function ask<Record>(inquiry: Inquiry<Record>, whom: 'each' | 'until one is refused'): Promise<void> {
  const { suspects, clock, isHurried, onSetAside } = inquiry;
  const works = suspects.takeAll();
  const refused: Work<Record>[] = [];
  for (let work = works.shift(); work !== undefined; work = works.shift()) {
    const answer = await askOnce(work, inquiry);
    if (answer === 'ended') return; // What is left stays in the journal.
    if (answer === 'settled') continue;
    refused.push(work);
    if (whom === 'until one is refused') break;
  }
  suspects.putBack([...refused, ...works], clock.now(), isHurried());
  onSetAside();
}

async function askOnce<Record>(
  work: Work<Record>,
  { suspects, retry, settlement, lifetime, clock }: Inquiry<Record>,
): Promise<Answer> {
  if (!(await retry.mayAttempt())) return 'ended';
  const outcome = await retry.attempt(work);
  if ('kind' in outcome) {
    if (outcome.kind === 'ended') return 'ended';
    suspects.decided(work, false);
    if (outcome.kind === 'accepted') await settlement.settle(work, work.batch.items, [], outcome.statusCode);
    return 'settled';
  }
  suspects.noteAnswer(work, outcome, clock.now());
  retry.holdIfDue(outcome);
  const [item] = work.batch.items;
  if (item === undefined || !suspects.isGuilty(work, outcome, lifetime.isStopping)) return 'refused';
  suspects.decided(work, true);
  await settlement.settle(work, [], [{ item, refusal: outcome }], outcome.statusCode);
  return 'settled';
}

async function giveUpGuilty<Record>({ suspects, settlement }: Inquiry<Record>): Promise<void> {
  for (const work of suspects.takeGuilty()) {
    const [item] = work.batch.items;
    const { refusal } = work;
    if (item !== undefined && refusal !== undefined) {
      await settlement.settle(work, [], [{ item, refusal }], refusal.statusCode);
    }
  }
}
